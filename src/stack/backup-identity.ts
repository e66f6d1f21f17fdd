import { createBackupIdentity, type IdentityPlaces, type OwnBackupIdentity } from '../adapters/backup/identity.js';
import { homeLayout } from './home-layout.js';

/**
 * Returns the identity with which the backups of a home are opened, from `HECATE_BACKUP_RECIPIENTS` and `HECATE_BACKUP_IDENTITY`.
 * `secrets`: Vault where this process can read it. Throws `invalid` for wrong settings.
 */
export function backupIdentityOf(
  env: Readonly<Record<string, string | undefined>>,
  home: string,
  secrets: IdentityPlaces['secrets'],
): OwnBackupIdentity {
  const layout = homeLayout(home);
  return createBackupIdentity({
    recipients: env['HECATE_BACKUP_RECIPIENTS'],
    identity: env['HECATE_BACKUP_IDENTITY'],
    file: layout.backupIdentity,
    exported: layout.identityExported,
    ...{ home, secrets },
    now: () => new Date().toISOString(),
  });
}
