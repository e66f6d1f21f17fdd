import type { Secret } from '../../../domain/resources/secret.js';
import type { PhaseEvent, Rotation } from '../../../domain/secrets/rotation.js';
import type { Credential, Issuer } from '../../../ports/credentials.js';
import { Failure } from '../../../ports/failure.js';
import type { Secrets } from '../../../ports/secrets.js';
import { keepCredential, readCredential } from './credentials.js';

/** A rotation with the systems that its phases work on. */
export interface PhaseWork {
  readonly secret: Secret;
  readonly rotation: Rotation;
  readonly issuer: Issuer;
  readonly vault: Secrets;
}

/**
 * Does the work of the present phase and returns what happened. Idempotent. Throws `Failure`: `unavailable` when another attempt
 * may help. The phases `commit` and `grace` have no work: the log and the clock do it.
 */
export async function doPhase(work: PhaseWork): Promise<PhaseEvent> {
  const { secret, rotation, issuer } = work;
  switch (rotation.phase) {
    case 'preflight':
      await Promise.all([work.vault.probe(), issuer.preflight(secret)]);
      return done;
    case 'issue':
      await issue(work);
      return done;
    case 'store':
      // The next phases read it, so a value that Vault lost is noticed here.
      await newValue(work);
      return done;
    case 'distribute':
      await issuer.distribute(secret, await newValue(work));
      return done;
    case 'prove':
      return { kind: 'done', consumers: await issuer.prove(secret, await newValue(work)) };
    case 'commit':
    case 'grace':
      return done;
    case 'revoke':
      await issuer.revoke(secret, rotation.former.edition, await read(work, rotation.former));
      return done;
    case 'prove-refused':
      return proveRefused(work);
    case 'undo':
      await undo(work);
      return done;
  }
}

const done: PhaseEvent = { kind: 'done' };

async function issue(work: PhaseWork): Promise<void> {
  const { secret, rotation, issuer, vault } = work;
  const { next, former, older } = rotation;
  // At most two values are valid at any moment.
  if (older !== null) await issuer.revoke(secret, older.edition, await read(work, older));
  if ((await read(work, next)) !== null) return;
  if (rotation.isBrought)
    throw new Failure('missing', 'Vault no longer has the value that was brought', { system: 'vault' });
  const made = await issuer.issue(secret, { edition: next.edition, former: await read(work, former) });
  await keepCredential(vault, secret, { edition: next.edition, ...made });
}

async function proveRefused(work: PhaseWork): Promise<PhaseEvent> {
  const { secret, rotation, issuer } = work;
  const former = await read(work, rotation.former);
  if (former !== null && (await issuer.isAccepted(secret, former))) {
    throw new Failure('unavailable', 'the old value was revoked, and it is still accepted');
  }
  const current = await read(work, rotation.next);
  if (current !== null) await issuer.removeOthers?.(secret, [current]);
  return done;
}

/** Leaves nothing of the new value. Consumers get the old one first. */
async function undo(work: PhaseWork): Promise<void> {
  const { secret, rotation, issuer } = work;
  const former = await read(work, rotation.former);
  if (former !== null) await issuer.takeBack?.(secret, former);
  await issuer.revoke(secret, rotation.next.edition, await read(work, rotation.next));
  if (rotation.older !== null) await issuer.revoke(secret, rotation.older.edition, await read(work, rotation.older));
  if (former !== null) await issuer.removeOthers?.(secret, [former]);
}

async function newValue(work: PhaseWork): Promise<Credential> {
  const found = await read(work, work.rotation.next);
  if (found) return found;
  throw new Failure('missing', 'Vault does not have the new value', {
    system: 'vault',
    hint: `Rotate it again: hecate update secret rotate --name ${work.secret.name}`,
  });
}

function read({ vault, secret }: PhaseWork, edition: { readonly edition: string }): Promise<Credential | null> {
  return readCredential(vault, secret, edition);
}
