import type { Position } from '../../domain/log/commit.js';
import { compileIdentity } from '../../domain/identity/document.js';
import { concernedBy, type Concerned } from '../../domain/identity/scope.js';
import { Failure } from '../../ports/failure.js';
import type { Identity } from '../../ports/identity.js';
import { isObject } from '../../domain/data/json.js';
import type { IdentityRun, PendingRun, SealedRun } from '../../ports/workflows.js';
import type { IdentityPhase } from '../../workflows/contracts/identity.js';
import type { Dependencies } from '../dependencies.js';
import { identitySeal } from '../trust/guards.js';
import { sealFits } from '../trust/seal.js';

/** Phases to wait for, and the longest wait. */
export interface Converging {
  readonly position: Position;
  readonly phases: readonly IdentityPhase[];
  /** The writer does it later as well: wait no longer once an attempt has failed. */
  readonly isOptional: boolean;
  readonly withinMs: number;
}

/** Signal of the activity, and its heartbeat. */
export interface Beat {
  readonly signal: AbortSignal;
  readonly report: (details: unknown) => void;
}

/**
 * Asks the writer of the identity provider for a run that includes this commit, and waits for it. Throws a problem only
 * when this commit changed what it is about, and `unavailable` with the cause when the time is over: the writer has
 * repeated what can be repeated, so both are final. Reports how far the run is. Idempotent.
 */
export async function convergeIdentity(
  deps: Pick<Dependencies, 'log' | 'identity' | 'identityQueue' | 'seals' | 'sha256'>,
  id: string,
  { position, phases, isOptional, withinMs }: Converging,
  { signal, report }: Beat,
): Promise<void> {
  const { identity } = deps;
  if (!identity) return;
  const own = await concernedByCommit(deps, id);
  const ended = new AbortController();
  const watching = watch({ ...deps, identity }, { isOptional, withinMs }, { signal: ended.signal, report });
  const run = sealedRun(deps, phases, AbortSignal.any([signal, ended.signal]));
  const { sequence, problems } = await Promise.race([run, watching]).finally(() => ended.abort());
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
  if (problem) throw new Failure(problem.kind, problem.message, { system: 'authentik', hasWaited: true });
}

function isSealedRun(run: unknown): run is SealedRun {
  return isObject(run);
}

/** Runs that are asked for when answers have no seal: the first may have begun before an upgrade. */
const MOST_ASKED = 2;

/**
 * Asks for a run, and returns what workers sealed of it. Whoever reaches Temporal can answer in place of the writer, so an
 * answer without the seals counts as none.
 */
async function sealedRun(
  deps: Pick<Dependencies, 'log' | 'identityQueue' | 'seals' | 'sha256'>,
  phases: readonly IdentityPhase[],
  signal: AbortSignal,
): Promise<Pick<IdentityRun, 'sequence' | 'problems'>> {
  const { logId } = await deps.log.view();
  for (let asked = 1; asked <= MOST_ASKED; asked++) {
    const answer: unknown = await deps.identityQueue.converge(phases, signal);
    const runs = isObject(answer) && Array.isArray(answer['runs']) ? answer['runs'].filter(isSealedRun) : [];
    const sealed = runs.filter((run) => sealFits(deps, identitySeal(logId, run), run.seal));
    if (phases.every((phase) => sealed.some((run) => run.phase === phase))) {
      return {
        sequence: Math.min(...sealed.map((run) => run.sequence)),
        problems: sealed.flatMap((run) => run.problems),
      };
    }
  }
  throw new Failure(
    'unavailable',
    'the answer about authentik does not have the seal of a worker of this environment',
    {
      system: 'authentik',
      hint: 'Somebody else may have started the workflow that writes authentik. Terminate it in the Web UI; the next operation starts it again.',
      hasWaited: true,
    },
  );
}

const LOOKED_EVERY_MS = 1_000;
/** Time in which an attempt of the writer fails when nobody listens; a call that hangs takes longer. */
const OPTIONAL_MS = 5_000;

/**
 * Reports the writer's progress. Rejects when the time is over, or when an optional run has failed once or the provider is
 * away; never resolves.
 */
async function watch(
  { identity, identityQueue }: Pick<Dependencies, 'identityQueue'> & { readonly identity: Identity },
  { isOptional, withinMs }: Pick<Converging, 'isOptional' | 'withinMs'>,
  { signal, report }: Beat,
): Promise<never> {
  const began = performance.now();
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(LOOKED_EVERY_MS, withinMs)));
    if (signal.aborted) return new Promise(() => undefined);
    const pending = await identityQueue.pending().catch(() => null);
    if (pending?.progress) report(pending.progress);
    const waitedMs = performance.now() - began;
    const hasFailed = pending !== null && pending.failure !== null;
    if (waitedMs >= withinMs || (isOptional && waitedMs >= OPTIONAL_MS && hasFailed)) throw tooLate(pending, waitedMs);
    // A call to a provider that hangs fails much later.
    if (isOptional && waitedMs >= OPTIONAL_MS) await identity.probe().catch(throwFinally);
  }
}

function throwFinally(error: unknown): never {
  if (!(error instanceof Failure)) throw error;
  throw new Failure(error.kind, error.message, { ...error.details, hasWaited: true });
}

/** The failure of a run that takes too long, with the cause that is known. */
function tooLate(pending: PendingRun | null, waitedMs: number): Failure {
  const seconds = Math.round(waitedMs / 1_000);
  const details = { system: 'authentik', hint: 'Check authentik: hecate read test auth', hasWaited: true };
  if (pending?.failure) return new Failure('unavailable', pending.failure, details);
  if (!pending?.progress) {
    return new Failure('unavailable', `authentik did not answer within ${seconds} s`, details);
  }
  const { done, total, calls, meanMs } = pending.progress;
  const pace = `${calls} calls, ${Math.round(meanMs)} ms each`;
  const message = `authentik is too slow: ${done} of ${total} hosts were written within ${seconds} s (${pace})`;
  return new Failure('unavailable', message, details);
}

/** The rules and hosts of a commit. */
interface Own extends Concerned {
  readonly requiresMFA: boolean;
}

async function concernedByCommit(deps: Pick<Dependencies, 'log'>, id: string): Promise<Own> {
  const found = await deps.log.find(id);
  if (found?.message.type !== 'committed') return { rules: [], hosts: [], requiresMFA: false };
  const { state } = await deps.log.view();
  const own = concernedBy(state, found.message.changes);
  const requiresMFA = compileIdentity(state).hosts.some((one) => one.requireMFA && own.hosts.includes(one.host));
  return { ...own, requiresMFA };
}

/** Returns true for a problem of a commit: also of the flow for second factors when one of its hosts needs it. */
function isAbout({ rules, hosts, requiresMFA }: Own, subject: string): boolean {
  const [kind, name = ''] = subject.split(' ', 2);
  if (kind === 'group') return false;
  if (kind === 'flow') return requiresMFA;
  return name === '*' || (kind === 'rule' ? rules : hosts).includes(name);
}

const ASKED_AT_ONCE = 8;
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
    const asked = [...waiting].slice(0, ASKED_AT_ONCE);
    const served = identity ? await Promise.all(asked.map((host) => identity.serves(host))) : [];
    asked.forEach((host, index) => served[index] && waiting.delete(host));
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
