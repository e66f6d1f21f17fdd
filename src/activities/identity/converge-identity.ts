import type { Position } from '../../domain/log/commit.js';
import { concernedBy, type Concerned } from '../../domain/identity/scope.js';
import { Failure } from '../../ports/failure.js';
import type { IdentityPhase } from '../../workflows/contracts/identity.js';
import type { Dependencies } from '../dependencies.js';

/**
 * Asks the writer of the identity provider for a run that includes this commit, and waits for it. Throws a problem only
 * when this commit changed what it is about. Idempotent.
 */
export async function convergeIdentity(
  deps: Pick<Dependencies, 'log' | 'identity' | 'identityQueue'>,
  id: string,
  { position, phases }: { readonly position: Position; readonly phases: readonly IdentityPhase[] },
  signal: AbortSignal,
): Promise<void> {
  if (!deps.identity) return;
  const own = await concernedByCommit(deps, id);
  const { sequence, problems } = await deps.identityQueue.converge(phases, signal);
  if (sequence < position.sequence) {
    throw new Failure(
      'unavailable',
      `authentik is at commit ${sequence}; this operation is commit ${position.sequence}`,
      {
        system: 'authentik',
      },
    );
  }
  const problem = problems.find(({ subject }) => isAbout(own, subject));
  if (problem) throw new Failure(problem.kind, problem.message, { system: 'authentik' });
}

async function concernedByCommit(deps: Pick<Dependencies, 'log'>, id: string): Promise<Concerned> {
  const found = await deps.log.find(id);
  if (found?.message.type !== 'committed') return { rules: [], hosts: [] };
  const { state } = await deps.log.view();
  return concernedBy(state, found.message.changes);
}

function isAbout({ rules, hosts }: Concerned, subject: string): boolean {
  const [kind, name = ''] = subject.split(' ', 2);
  return name === '*' || (kind === 'rule' ? rules : hosts).includes(name);
}

const PAUSE_MS = 200;
const DEADLINE_MS = 40_000;

/**
 * Waits until the outpost asks visitors to sign in on each host; it takes up changes after 4 to 11 s. Throws `unavailable`
 * after 40 s.
 */
export async function verifyIdentity(
  { identity }: Pick<Dependencies, 'identity'>,
  hosts: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const waiting = new Set(identity ? hosts : []);
  for (const deadline = Date.now() + DEADLINE_MS; ;) {
    for (const host of waiting) if (await identity?.serves(host)) waiting.delete(host);
    if (waiting.size === 0) return;
    if (signal.aborted || Date.now() > deadline) {
      throw new Failure(
        'unavailable',
        `authentik's outpost does not ask for sign-in yet on ${[...waiting].join(', ')}`,
        {
          system: 'authentik',
          hint: 'Find the cause: hecate read test auth --provider authentik',
        },
      );
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
