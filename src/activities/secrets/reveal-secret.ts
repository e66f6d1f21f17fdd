import { find } from '../../domain/log/state.js';
import type { SecretValue } from '../../domain/middleware/resolved-secrets.js';
import type { Secret } from '../../domain/resources/secret.js';
import { secretKindOf } from '../../domain/secrets/kinds.js';
import { isBcryptHash } from '../../domain/values/bcrypt.js';
import { missingSecret } from '../../operations/rules/route.js';
import { Failure } from '../../ports/failure.js';
import {
  REVEAL_KEY,
  revealedAbout,
  type RevealedSecret,
  type RevealQuestion,
} from '../../workflows/contracts/reveal.js';
import type { Dependencies } from '../dependencies.js';
import { bounded, saidOrigin } from '../trust/bounded.js';
import type { Authority } from '../trust/verify-request.js';
import { vaultOf } from './resolved-secrets.js';
import { readCredential } from './rotation/credentials.js';

/** X25519 public key in base64url. */
const PUBLIC_KEY = /^[A-Za-z0-9_-]{43}$/;

/** Throws `invalid` for anything but a public key. `command` is the one that asks with a good one. */
export function mustBePublicKey(publicKey: unknown, command: string): void {
  if (typeof publicKey === 'string' && PUBLIC_KEY.test(publicKey)) return;
  throw new Failure('invalid', 'the question has no public key', { hint: `Run: ${command}` });
}

/**
 * Returns the value of a secret that is in force, encrypted for the command that asks, after the history has who asked and for
 * which version. Throws `missing` for an unknown secret and for one of which Vault has only hashes, `invalid` for a kind that
 * no person uses. When the history cannot be written, nothing is shown.
 */
export async function revealSecret(
  deps: Pick<Dependencies, 'log' | 'secrets' | 'encryptFor' | 'newId' | 'now'>,
  authority: Pick<Authority, 'actor' | 'caller' | 'proof'>,
  question: RevealQuestion,
): Promise<RevealedSecret> {
  const { subject: name, publicKey } = question;
  mustBePublicKey(publicKey, 'hecate reveal secret --name NAME');
  const { state } = await deps.log.view();
  const secret = find(state, 'Secret', name)?.value;
  if (secret === undefined) {
    const { message, hint = '' } = missingSecret(state, bounded(name));
    throw new Failure('missing', message, { hint });
  }
  if (!secretKindOf(secret.kind).rotation.isRevealable) throw notForPeople(secret);
  const { shown, hashedOnly } = await textsOf(deps, secret);
  const { kind, version, edition } = secret;
  const ciphertext = deps.encryptFor(publicKey, JSON.stringify(shown), revealedAbout(secret));
  await recordShown(deps, authority, { ...question, operation: REVEAL_KEY }, `version ${version} was shown`);
  return { name, kind, version, edition, ciphertext, hashedOnly };
}

/** Notes in the history that a value was shown, to whom and why. */
export async function recordShown(
  deps: Pick<Dependencies, 'log' | 'newId' | 'now'>,
  { actor, caller, proof }: Pick<Authority, 'actor' | 'caller' | 'proof'>,
  question: RevealQuestion,
  detail: string,
): Promise<void> {
  const { operation, subject, onBehalfOf, reason } = question;
  const origin = typeof onBehalfOf === 'string' ? { onBehalfOf: bounded(onBehalfOf) } : {};
  const why = typeof reason === 'string' ? bounded(reason) : null;
  await deps.log.record({
    // The caller must not choose the id: an outcome of the same id would be kept in place of this one.
    id: `reveal-${deps.newId()}`,
    at: deps.now(),
    result: 'completed',
    detail,
    behind: [],
    attempt: {
      ...{ operation, subject, actor, ...origin, reason: why, workflowId: bounded(caller.workflowId) },
      ...(proof === null ? {} : { proof }),
      ...saidOrigin(question),
    },
  });
}

/** Returns the texts that a person uses, and the names of those that Vault has only as a hash. */
async function textsOf(
  { secrets }: Pick<Dependencies, 'secrets'>,
  secret: Secret,
): Promise<{ readonly shown: SecretValue; readonly hashedOnly: readonly string[] }> {
  const credential = await readCredential(vaultOf(secrets), secret, secret);
  if (credential === null) throw valueMissing(secret);
  const fields = Object.entries({ ...credential.value, ...credential.plain });
  const shown = fields.filter(([, text]) => !isBcryptHash(text));
  const hashedOnly = fields.filter(([, text]) => isBcryptHash(text)).map(([name]) => name);
  if (shown.length === 0) throw onlyHashes(secret);
  return { shown: Object.fromEntries(shown), hashedOnly };
}

function notForPeople({ name, kind }: Secret): Failure {
  return new Failure('invalid', `secret ${name} is of the kind ${kind}, which no person uses, so it is never shown`, {
    hint: `Look at it: hecate read secret --name ${name}. Replace it: hecate update secret rotate --name ${name}`,
  });
}

function valueMissing({ name, version }: Secret): Failure {
  return new Failure('missing', `Vault has no value of secret ${name}, version ${version}`, {
    hint: `Give it a new one: hecate update secret rotate --name ${name} --strategy immediate`,
  });
}

function onlyHashes({ name, version }: Secret): Failure {
  const message = `Vault has only hashes of secret ${name}, version ${version}: it was brought in a file, and Hecate keeps no password of that`;
  return new Failure('missing', message, {
    hint: `Ask who made the file. Or let Hecate make new passwords, which can be shown: hecate update secret rotate --name ${name} --strategy dual-secret`,
  });
}
