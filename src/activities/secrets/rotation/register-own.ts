import { changeOf, type Change } from '../../../domain/log/commit.js';
import { find } from '../../../domain/log/state.js';
import { newSecret } from '../../../domain/resources/secret.js';
import { editionOfHash } from '../../../domain/secrets/edition.js';
import type { OwnCredentials } from '../../../ports/credentials.js';
import type { Dependencies } from '../../dependencies.js';
import { WORKER } from '../../trust/verify-request.js';
import { keepCredential } from './credentials.js';

/** Dependencies for the registration of Hecate's own credentials. */
export type Registering = Pick<Dependencies, 'log' | 'now' | 'sha256' | 'secrets'> & {
  readonly ownCredentials: OwnCredentials;
};

/** Names of the secrets that are in the log now, and why others could not be found, as messages. */
export interface Registered {
  readonly names: readonly string[];
  readonly problems: readonly string[];
}

const OPERATION = 'secret.register';

/**
 * Takes the credentials of Hecate itself that the log does not know into Vault and into the log, in one commit. Without a Vault
 * there is nothing to rotate them with, so nothing is registered. Idempotent: the id of a first value follows from the log and
 * the name.
 */
export async function registerOwn(deps: Registering): Promise<Registered> {
  const { log, now, sha256, secrets, ownCredentials } = deps;
  if (secrets === null) return { names: [], problems: [] };
  // One system that does not answer must not keep the credentials of the others out of the log.
  const looked = await Promise.allSettled(ownCredentials.map((find) => find()));
  const found = looked.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  const problems = looked.flatMap((one) => (one.status === 'rejected' ? [String((one.reason as Error).message)] : []));
  for (;;) {
    const { state, logId } = await log.view();
    const changes: Change[] = [];
    for (const { name, kind, value, plain } of found) {
      if (find(state, 'Secret', name) !== undefined) continue;
      const edition = editionOfHash(sha256(`first ${logId} ${kind}/${name}`));
      const secret = newSecret({ name, kind, version: 1, edition });
      await keepCredential(secrets, secret, { edition, value, plain });
      changes.push(changeOf('Secret', name, null, secret));
    }
    if (changes.length === 0) return { names: [], problems };
    const id = `own-${state.head?.sequence ?? 0}-${sha256(JSON.stringify(changes)).slice(0, 8)}`;
    const reason = 'credentials of Hecate itself';
    const draft = { id, at: now(), actor: WORKER, reason, operation: OPERATION, workflowId: OPERATION, changes };
    const appended = await log.append(draft, state.head);
    if (appended.kind === 'moved') continue;
    await log.record({ id, at: now(), result: 'completed', detail: null, behind: [] });
    return { names: changes.map(({ name }) => name), problems };
  }
}
