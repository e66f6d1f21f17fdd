import { randomBytes, randomUUID } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identityFileText } from '../../adapters/backup/identity.js';
import { makePrivateFolder, writePrivate } from '../../adapters/files/private-files.js';
import { servedGeneration } from '../../adapters/caddy/data-plane.js';
import { writeKeyFile } from '../../adapters/keys/key-file.js';
import { createLog } from '../../adapters/log/create-log.js';
import { createEventLog } from '../../adapters/log/event-log.js';
import { importBlob, importLog } from '../../adapters/log/import-log.js';
import { createVaultSecrets } from '../../adapters/vault/vault-secrets.js';
import { isOfNewEnvironment, machineChanges } from '../../domain/backup/new-machine.js';
import { type CommitDraft, type Position } from '../../domain/log/commit.js';
import { find, type State } from '../../domain/log/state.js';
import { OWN_ACTOR } from '../../domain/resources/operator.js';
import type { LogReader } from '../../ports/event-log.js';
import { Failure } from '../../ports/failure.js';
import type { OpenedBackup } from '../../ports/backup/opened-backup.js';
import { natsKeys } from '../components/nats-keys.js';
import type { Connections } from '../connections.js';
import type { HomeLayout } from '../home-layout.js';
import type { StackSettings } from '../settings/stack-settings.js';
import { clearPrepared, PREPARED, type ReplacedGeneration, type RestoreJournal } from './journal.js';
import { keepSecrets, type SavedSecret } from './keep-secrets.js';
import { chooseOperatorKey } from './restored-key.js';
import { startThrowawayNats } from './throwaway-nats.js';

/** Operation of the commit with which a restore is in the history. */
export const RESTORE_OPERATION = 'state.restore';

/** A step of a restore as a person sees it. */
export type RestoreStep = <T>(what: string, work: () => Promise<T>) => Promise<T>;

/** Place and parts of a restore on a new machine. */
export interface Preparing {
  readonly backup: OpenedBackup;
  readonly layout: HomeLayout;
  readonly settings: StackSettings;
  readonly connections: Connections;
  /** The log of this new environment. */
  readonly log: LogReader;
  /** File of the operator's private key. */
  readonly keyFile: string;
  /** age identities with which the backup was opened; later backups are encrypted for them, unless the home has its own. */
  readonly identities: readonly string[];
  /** Who asked for it; null: nobody is known. */
  readonly onBehalfOf: string | null;
  readonly reason: string;
  /** Runs a step and reports its time. */
  readonly step: RestoreStep;
}

/** A restore that is ready to be put in force. */
export interface PreparedRestore {
  readonly journal: RestoreJournal;
  readonly messages: number;
  readonly secrets: number;
  readonly caddyFiles: number;
  /** Credentials of this machine that the restored log gets. */
  readonly credentials: readonly string[];
  /** The operator whose key is in the key file afterwards. */
  readonly operator: string;
}

/** Longest wait for the worker of a new home to register its credentials. */
const REGISTERED_WITHIN_MS = 60_000;

/**
 * Prepares a restore beside the running environment, which it does not change: a folder of NATS with the backup's log, its bytes
 * and sequences, and one commit more with the credentials of this machine; Caddy's files; the operator's key; the secrets'
 * values in Vault, at paths that nothing there names. What an attempt before left is removed. Throws `conflict` when the log of
 * this environment has commits of people.
 */
export async function prepareRestore(preparing: Preparing): Promise<PreparedRestore> {
  clearPrepared(preparing.layout);
  try {
    return await prepareAll(preparing);
  } catch (error) {
    clearPrepared(preparing.layout);
    throw error;
  }
}

async function prepareAll(preparing: Preparing): Promise<PreparedRestore> {
  const { backup, layout, log, step, keyFile } = preparing;
  const { state: restored } = backup;
  const range = backup.last.range;
  if (restored === null || range === null) {
    throw new Failure('invalid', `${backup.place} is a backup of components: it has no log`, {
      hint: 'Restore a full or incremental backup on a new machine, for example: hecate backup restore --from DIR/latest',
    });
  }
  const { logId: replacedLogId, state: first } = await step('this machine: its own credentials are registered', () =>
    untilRegistered(preparing),
  );
  const key = await chooseOperatorKey(backup, { restored, first }, keyFile);
  const mark = randomBytes(4).toString('hex');
  const natsFolder = join(layout.nats, `${PREPARED}${mark}`);
  const now = new Date().toISOString();
  const operator = key.kind === 'added' ? key.operator : null;
  const { changes, credentials } = machineChanges(restored, first, { now, operator });
  const { logId, id: environment } = backup.last.environment;
  const prepared = await step('log: imported beside the present one', () =>
    prepareLog(preparing, { folder: natsFolder, logId, restored, changes: { changes, now } }),
  );
  const secrets = await step('secrets: values written to Vault', () => keepAll(preparing));
  const caddyFolder = join(layout.caddy, `${PREPARED}${mark}`);
  const caddyFiles = await step('Caddy: accounts and certificates written beside', () =>
    prepareCaddy(preparing, caddyFolder),
  );
  if (key.kind === 'from backup') writeKeyFile(preparedKey(keyFile), key.text);
  const backupIdentity = await prepareIdentity(preparing);
  await refuseUsed(log);
  const journal: RestoreJournal = {
    version: 1,
    ...{ from: backup.place, at: new Date().toISOString(), logId, head: prepared.head, replacedLogId, environment },
    replacedGenerations: await servedNow(preparing),
    nats: { prepared: prepared.data, place: layout.natsData },
    caddy: caddyFiles === 0 ? null : { prepared: caddyFolder, place: layout.caddyData },
    operatorKey: key.kind === 'from backup' ? { prepared: preparedKey(keyFile), place: keyFile } : null,
    backupIdentity,
    pending: runsHere(preparing, 'caddy') ? ['nats', 'caddy'] : ['nats'],
  };
  const operatorNamed = typeof key.operator === 'string' ? key.operator : key.operator.name;
  return { journal, messages: prepared.messages, secrets, caddyFiles, credentials, operator: operatorNamed };
}

/** Throws `conflict` for a log that people have changed. */
export async function refuseUsed(log: Pick<LogReader, 'entries'>): Promise<void> {
  for await (const entry of log.entries()) {
    if (isOfNewEnvironment(entry) || entry.message.type !== 'committed') continue;
    const { actor, operation, at } = entry.message;
    throw new Failure('conflict', `this environment is in use: ${actor} changed it at ${at} (${operation})`, {
      hint: 'Restore into a new home: HECATE_HOME=DIR hecate up --ports auto, then HECATE_HOME=DIR hecate backup restore … . Without the log, into this one: hecate backup restore --from … --into',
    });
  }
}

function runsHere({ settings: { components, external } }: Preparing, name: 'caddy' | 'openbao'): boolean {
  return components.includes(name) && !external.includes(name);
}

/** Returns the generations that Caddys serve, which may be of the lost log: on other machines they go on serving. */
async function servedNow({ connections: { caddy } }: Preparing): Promise<readonly ReplacedGeneration[]> {
  const served = await Promise.all(caddy.map(({ name, http }) => servedGeneration(name, http).catch(() => null)));
  return served.flatMap((one) => (one === null ? [] : [{ logId: one.logId, sequence: one.sequence, hash: one.hash }]));
}

/** Waits until the worker has registered the credentials of this machine, which the restored log gets. */
async function untilRegistered(preparing: Preparing) {
  const { log, connections } = preparing;
  const hasVault = connections.vault.roleIdFile !== null && connections.vault.secretIdFile !== null;
  const expected = hasVault ? ['nats-worker', 'nats-cli', 'vault-worker'] : [];
  for (const deadline = Date.now() + REGISTERED_WITHIN_MS; ;) {
    const view = await log.view();
    const missing = expected.filter((name) => find(view.state, 'Secret', name) === undefined);
    if (missing.length === 0) return view;
    if (Date.now() > deadline) {
      throw new Failure('unavailable', `the worker has not registered ${missing.join(', ')} of this machine`, {
        system: 'worker',
        hint: 'See why: hecate logs worker. Then run the command again; nothing was changed.',
      });
    }
    await sleep(500);
  }
}

interface LogToPrepare {
  readonly folder: string;
  readonly logId: string;
  readonly restored: State;
  readonly changes: { readonly changes: CommitDraft['changes']; readonly now: string };
}

/** Fills a folder of NATS with the backup's log and the commit of this restore. */
async function prepareLog(
  preparing: Preparing,
  { folder, logId, restored, changes: { changes, now } }: LogToPrepare,
): Promise<{ readonly data: string; readonly head: Position; readonly messages: number }> {
  const { backup, layout, settings, onBehalfOf, reason } = preparing;
  const { environment } = settings.connections.nats;
  const nats = await startThrowawayNats({
    ...{ program: settings.programs.nats?.path ?? 'nats-server', folder, environment },
    ...{ publicKeys: natsKeys(layout), adminSeedFile: layout.natsSeed('admin') },
  });
  try {
    await createLog(nats.nc, { logId });
    for (const path of backup.parts('blobs/')) {
      const hash = /([0-9a-f]{64})\.json$/.exec(path)?.[1];
      const text = hash === undefined ? null : await backup.part(path);
      if (hash !== undefined && text !== null) await importBlob(nats.nc, hash, text.toString('utf8'));
    }
    const messages = await importLog(nats.nc, backup.messages());
    const log = await createEventLog({ ...nats.location, onWarning: () => undefined });
    try {
      const { state } = await log.view();
      if (state.head?.hash !== restored.head?.hash) throw otherEnd(backup, state.head);
      const id = randomUUID().slice(0, 13);
      const draft: CommitDraft = {
        ...{ id, at: now, actor: OWN_ACTOR, reason, operation: RESTORE_OPERATION, changes },
        ...(onBehalfOf === null ? {} : { onBehalfOf }),
        workflowId: `restore/${backup.last.name}`,
      };
      const appended = await log.append(draft, state.head);
      if (appended.kind !== 'appended') throw new Error(`the throwaway log answered ${appended.kind}`);
      await log.record({ id, at: now, result: 'completed', detail: `restored from ${backup.place}`, behind: [] });
      return { data: nats.data, head: appended.position, messages };
    } finally {
      await log.close();
    }
  } finally {
    await nats.stop();
    syncTree(nats.data);
  }
}

function otherEnd({ place }: OpenedBackup, head: Position | null): Failure {
  return new Failure('conflict', `the log of ${place} was imported, but ends at commit ${head?.sequence ?? 0}`, {
    hint: 'Use another backup: hecate list backups. Nothing was changed.',
  });
}

async function keepAll({ backup, connections: { vault } }: Preparing): Promise<number> {
  const paths = backup.parts('secrets/');
  if (paths.length === 0) return 0;
  const { address, roleIdFile, secretIdFile, environment } = vault;
  if (roleIdFile === null || secretIdFile === null) {
    throw new Failure('invalid', `the backup has ${paths.length} secrets, and no Vault is configured here`, {
      hint: 'Set HECATE_VAULT_ADDR, HECATE_VAULT_ROLE_ID_FILE and HECATE_VAULT_SECRET_ID_FILE, or unset HECATE_VAULT_ADDR to have the embedded OpenBao; then run: hecate up',
    });
  }
  const named = environment === undefined ? {} : { environment };
  return keepSecrets(createVaultSecrets({ address, roleIdFile, secretIdFile, ...named }), savedIn(backup, paths));
}

async function* savedIn(backup: OpenedBackup, paths: readonly string[]): AsyncGenerator<SavedSecret> {
  for (const path of paths) {
    const vaultPath = path.slice('secrets/'.length).replace(/\.json$/, '');
    const saved = await backup.secret(vaultPath);
    if (saved !== null) yield { vaultPath, value: saved.value };
  }
}

/** Writes the files of Caddy's storage into a folder. Returns how many; 0: the backup has none, or Caddy runs elsewhere. */
async function prepareCaddy(preparing: Preparing, folder: string): Promise<number> {
  const { backup, connections } = preparing;
  if (!runsHere(preparing, 'caddy')) return 0;
  const paths = backup.parts('caddy/');
  const names = [...new Set(paths.map((path) => path.split('/')[1] ?? ''))];
  const own = connections.caddy[0]?.name ?? '';
  const prefix = `caddy/${names.includes(own) ? own : (names[0] ?? '')}/`;
  let count = 0;
  for (const path of paths) {
    const below = path.slice(prefix.length);
    // Locks are of processes that are gone.
    if (!path.startsWith(prefix) || below.startsWith('locks/')) continue;
    const file = join(folder, below);
    const content = await backup.part(path);
    if (content === null || relative(folder, file).startsWith('..')) continue;
    makePrivateFolder(dirname(file));
    writePrivate(file, content);
    count += 1;
  }
  return count;
}

/** Writes the identity of the backup beside its place. Null: the home has one, or the settings name another place. */
async function prepareIdentity({ layout, settings, identities }: Preparing): Promise<RestoreJournal['backupIdentity']> {
  const place = layout.backupIdentity;
  const isInHome = [undefined, '', 'file'].includes(settings.env['HECATE_BACKUP_IDENTITY']);
  if (!isInHome || identities.length === 0 || existsSync(place)) return null;
  makePrivateFolder(dirname(place));
  const prepared = `${place}.restored`;
  writePrivate(prepared, await identityFileText(identities, new Date().toISOString()));
  return { prepared, place };
}

function preparedKey(keyFile: string): string {
  return `${keyFile}.restored`;
}

/** Has the disk keep all files below a folder, which a server wrote without doing so. */
function syncTree(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true }) as string[]) {
    const file = openSync(join(folder, name), 'r');
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }
}
