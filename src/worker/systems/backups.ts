import type { BackupSystems } from '../../activities/backup/systems.js';
import { createArchives } from '../../adapters/backup/archive/index.js';
import { createBackupSpool } from '../../adapters/backup/spool.js';
import { createOpenStore } from '../../adapters/backup/stores/open-store.js';
import type { WorkerLog } from '../../adapters/log/event-log.js';
import { USUAL_ENVIRONMENT } from '../../domain/values/environment-name.js';
import { stateParts } from '../../adapters/manifests/state-parts.js';
import type { Secrets } from '../../ports/secrets.js';
import { backupIdentityOf } from '../../stack/backup-identity.js';
import type { Connections } from '../../stack/connections.js';
import { homeLayout, type HomeLayout } from '../../stack/home-layout.js';
import { packageVersion } from '../../stack/settings/package-root.js';
import { homeFilesOf } from './home-files.js';

/** Returns the systems of backups of this worker. Connects to none of them. */
export function backupSystemsOf(
  connections: Connections,
  { log, secrets }: { readonly log: WorkerLog; readonly secrets: Secrets | null },
): BackupSystems {
  const { home, nats, environment } = connections;
  const layout = homeLayout(home);
  return {
    archives: createArchives(),
    openStore: createOpenStore({ reserved: ownFolders(layout), env: process.env }),
    identity: backupIdentityOf(process.env, home, secrets),
    log: log.archive,
    files: () => homeFilesOf(connections, process.env),
    spool: createBackupSpool(layout.backupSpool),
    stateParts,
    environment: { name: nats.environment ?? USUAL_ENVIRONMENT, id: environment },
    version: packageVersion(),
  };
}

/** Folders of a home in which no backup may be written. */
function ownFolders({ run, logs, temporal, nats, caddy, authentik, openbao, backup }: HomeLayout): readonly string[] {
  return [run, logs, temporal, nats, caddy, authentik, openbao, backup];
}
