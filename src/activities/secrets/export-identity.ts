import { Failure } from '../../ports/failure.js';
import {
  EXPORT_IDENTITY_KEY,
  revealedAbout,
  type RevealedSecret,
  type RevealQuestion,
} from '../../workflows/contracts/reveal.js';
import type { Dependencies } from '../dependencies.js';
import type { Authority } from '../trust/verify-request.js';
import { mustBePublicKey, recordShown } from './reveal-secret.js';

/**
 * Returns the identity that opens the backups, encrypted for the command that asks, after the history has who asked. Makes it when
 * there is none yet. Throws `missing` when the backups are encrypted for others only. When the history cannot be written, nothing
 * is shown.
 */
export async function exportIdentity(
  deps: Pick<Dependencies, 'log' | 'encryptFor' | 'newId' | 'now'> & {
    readonly backups: Pick<Dependencies['backups'], 'identity'>;
  },
  authority: Pick<Authority, 'actor' | 'caller' | 'proof'>,
  question: RevealQuestion,
): Promise<RevealedSecret> {
  const { publicKey } = question;
  mustBePublicKey(publicKey, 'hecate backup identity --export FILE');
  const recipients = await deps.backups.identity.recipients();
  const identities = await deps.backups.identity.identities();
  if (identities.length === 0) throw elsewhere(recipients);
  const about = { name: 'backup', kind: 'backup-identity', version: 1, edition: deps.newId() };
  const ciphertext = deps.encryptFor(publicKey, JSON.stringify({ value: identities.join('\n') }), revealedAbout(about));
  const asked = { ...question, operation: EXPORT_IDENTITY_KEY, subject: about.name } as const;
  await recordShown(deps, authority, asked, 'the identity that opens the backups was exported');
  return { ...about, ciphertext, hashedOnly: [] };
}

function elsewhere(recipients: readonly string[]): Failure {
  return new Failure('missing', 'the worker has no identity that opens the backups', {
    hint: `They are encrypted for HECATE_BACKUP_RECIPIENTS. Ask the owner of ${recipients.join(', ')} for it.`,
  });
}
