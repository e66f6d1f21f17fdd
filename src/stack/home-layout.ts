import { join } from 'node:path';

/** The components of the stack, in start order. They stop in the opposite order. */
export const componentNames = ['temporal', 'nats', 'caddy', 'openbao', 'authentik', 'notary', 'worker'] as const;
/** Name of a component of the stack. */
export type ComponentName = (typeof componentNames)[number];

/** The paths of a home, as {@link homeLayout} returns them. */
export type HomeLayout = ReturnType<typeof homeLayout>;

/** Returns the paths of all files and folders in a home. Folders have mode 0700; files with secrets have 0600. */
export function homeLayout(home: string) {
  const run = join(home, 'run');
  return {
    home,
    /** Marks the folder as a home, so that `down --purge` may delete it. */
    marker: join(home, '.hecate-home'),
    connections: join(home, 'connections.json'),
    ports: join(home, 'ports.json'),
    /** Id of the log. Once it exists, no log is created in this home again. */
    logId: join(home, 'log-id'),
    /** The newest commit that the worker saw; detects a log that was lost or restored. */
    logHead: join(home, 'log-head'),
    /** Journal of a restore that is being put in force; see `stack/restore/journal.ts`. */
    restoreJournal: join(home, 'restore.json'),
    /** Record of the last restore of a whole backup. */
    restored: join(home, 'restored.json'),
    /** Key of the seals of workers that have no seed of NATS. */
    workerKey: join(home, 'worker.key'),
    /** Secrets of the workers' seals once the worker's seed of NATS was rotated; they no longer follow from the seed. */
    workerSeals: join(home, 'worker-seals.json'),
    /** Private key of the operator who uses this home. */
    operatorKey: join(home, 'operator.key'),
    run,
    lock: join(run, 'up.lock'),
    settings: join(run, 'settings.json'),
    status: join(run, 'status.json'),
    processes: join(run, 'processes.json'),
    /** Held by the supervisor while it runs, so that there is only one. */
    supervisorLock: join(run, 'supervisor.lock'),
    /** The supervisor sets the time of this empty file every second. */
    supervisorAlive: join(run, 'supervisor.alive'),
    workerReady: join(run, 'worker.ready'),
    logs: join(home, 'logs'),
    temporal: join(home, 'temporal'),
    /** Address of Temporal's own Web UI, behind the door on its public port. */
    temporalUi: join(home, 'temporal', 'ui-address.json'),
    nats: join(home, 'nats'),
    natsData: join(home, 'nats', 'data'),
    natsSeed: (user: 'admin' | 'worker' | 'cli' | 'notary' | 'sys') => join(home, 'nats', `${user}.seed`),
    natsConfig: join(home, 'nats', 'nats.conf'),
    /** Public keys that NATS accepts beside those of the seeds, while keys are rotated. */
    natsAccepted: join(home, 'nats', 'accepted-keys.json'),
    caddy: join(home, 'caddy'),
    caddySocketFolder: join(home, 'caddy', 'socket-folder'),
    caddyData: join(home, 'caddy', 'data'),
    accessLog: join(home, 'caddy', 'access.log'),
    authentik: join(home, 'authentik'),
    authentikToken: join(home, 'authentik', 'hecate-token'),
    openbao: join(home, 'openbao'),
    sealKey: join(home, 'openbao', 'seal.key'),
    recoveryKey: join(home, 'openbao', 'recovery.key'),
    rootToken: join(home, 'openbao', 'root.token'),
    /** Fingerprint of the policies and roles that OpenBao has; see `rolesFingerprint`. */
    rolesMark: join(home, 'openbao', 'roles.sha256'),
    roleId: join(home, 'openbao', 'worker.role-id'),
    secretId: join(home, 'openbao', 'worker.secret-id'),
    cliRoleId: join(home, 'openbao', 'cli.role-id'),
    cliSecretId: join(home, 'openbao', 'cli.secret-id'),
    /** Folder of the notary: its key, the hashes of all messages, and the checkpoints that it signed. */
    notary: join(home, 'notary'),
    backup: join(home, 'backup'),
    /** Backups that are packed, until they are sent. */
    backupSpool: join(home, 'backup', 'spool'),
    /** Age identity with which the backups of this home can be opened. */
    backupIdentity: join(home, 'backup', 'identity.txt'),
    /** Recipients whose identity was exported, and when. */
    identityExported: join(home, 'backup', 'identity-exported.json'),
    log: (component: string) => join(home, 'logs', `${component}.log`),
  };
}
