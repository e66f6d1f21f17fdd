import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readJson, syncFolder, writeJson, writePrivate } from '../../adapters/files/private-files.js';
import type { Position } from '../../domain/log/commit.js';
import { Failure } from '../../ports/failure.js';
import type { Mended } from '../components/component.js';
import type { Connections } from '../connections.js';
import type { HomeLayout } from '../home-layout.js';
import { isConnections } from '../load-connections.js';
import { endProcess } from '../processes/process-identity.js';
import { runningChildren } from '../processes/recorded-processes.js';
import { isSettings, type StackSettings } from '../settings/stack-settings.js';

/** Parts of a home that a restore replaces while their server does not run. */
export type RestoredPart = 'nats' | 'caddy';

/** Names of a prepared file or folder and of the one whose place it takes. Absolute paths. */
export interface Replacement {
  readonly prepared: string;
  readonly place: string;
}

/**
 * The journal of a restore whose files are all prepared. Once it exists, the restore only goes forward: NATS and Caddy put their
 * parts in place at their next start, and the worker starts only after both. Nothing is replaced before it exists.
 */
export interface RestoreJournal {
  readonly version: 1;
  /** The backup, for messages. */
  readonly from: string;
  /** Time when the journal was written, ISO 8601 UTC. */
  readonly at: string;
  /** Id of the restored log, and its newest commit. */
  readonly logId: string;
  readonly head: Position;
  /** Id of the log that it replaces. */
  readonly replacedLogId: string;
  /** Generations that Caddys served when it was prepared; they are written over. */
  readonly replacedGenerations: readonly ReplacedGeneration[];
  /** Letters and digits in the names of the environment's objects in shared systems. */
  readonly environment: string;
  readonly nats: Replacement;
  /** Null: the backup has no files of Caddy; it is only started again, so that it forgets its configuration. */
  readonly caddy: Replacement | null;
  /** Null: the operator's key of this home stays. */
  readonly operatorKey: Replacement | null;
  /** The identity that opens the backups, for later ones; null: the home has one, or it is elsewhere. */
  readonly backupIdentity: Replacement | null;
  /** Parts that are not in place yet. */
  readonly pending: readonly RestoredPart[];
}

/** A generation of a Caddy that a restore replaced. */
export type ReplacedGeneration = Position & { readonly logId: string };

/** The record of a restore that is in force, `restored.json`. */
export type RestoreRecord = Pick<RestoreJournal, 'from' | 'at' | 'logId' | 'head' | 'replacedGenerations'> & {
  /** Ids of logs that this home had before; values in Vault may still name one of them as their owner. */
  readonly replacedLogIds: readonly string[];
};

/** Begins the names of folders that a restore prepares. */
export const PREPARED = 'restore-';

/** Ending of the name of what a restore replaced; it is kept beside. */
const BEFORE = '.before-restore';

/** Writes the journal durably: from now on the restore only goes forward. */
export function beginRestore({ restoreJournal }: HomeLayout, journal: RestoreJournal): void {
  writeJson(restoreJournal, journal);
}

/** Returns the journal of a restore that is being put in force; null: there is none. Throws `unavailable` for a damaged one. */
export function restoreInProgress({ restoreJournal }: HomeLayout): RestoreJournal | null {
  const { value, broken } = readJson<RestoreJournal>(restoreJournal, isJournal);
  if (broken === null) return value;
  throw new Failure('unavailable', `a restore of a backup has not ended, and its journal cannot be read: ${broken}`, {
    hint: `Start again in a new home: hecate down --purge && hecate up, then run the restore again.`,
  });
}

/** Returns the record of the last restore in force; null: there was none. */
export function lastRestore({ restored }: HomeLayout): RestoreRecord | null {
  return readJson<RestoreRecord>(restored, isRestoreRecord).value;
}

/** Returns true for a generation of a Caddy that the last restore in force replaced. */
export function isReplacedGeneration(layout: HomeLayout, { logId, sequence, hash }: ReplacedGeneration): boolean {
  const replaced = lastRestore(layout)?.replacedGenerations ?? [];
  return replaced.some((one) => one.logId === logId && one.sequence === sequence && one.hash === hash);
}

/**
 * Puts a part of a restore in place. Call it while the part's server does not run. Ends the worker before: one of the log before
 * would write that log's configuration into the empty Caddy. Idempotent, also after a crash at any point; does nothing without
 * a journal.
 */
export async function finishPart(part: RestoredPart, layout: HomeLayout): Promise<void> {
  if (restoreInProgress(layout)?.pending.includes(part) !== true) return;
  const worker = runningChildren(layout).find(({ name }) => name === 'worker');
  if (worker !== undefined) await endProcess(worker, WORKER_GRACE_MS);
  // From here on without a pause, since NATS and Caddy start side by side and both rewrite the journal.
  const journal = restoreInProgress(layout);
  if (journal === null) return;
  if (part === 'caddy' && journal.caddy !== null) replace(journal.caddy);
  if (part === 'nats') {
    for (const file of [journal.operatorKey, journal.backupIdentity]) if (file !== null) replace(file);
    takeOverEnvironment(layout, journal.environment);
    replace(journal.nats);
    const { logId, head } = journal;
    writeJson(layout.logHead, { logId, ...head });
    writePrivate(layout.logId, `${logId}\n`);
  }
  writeJson(layout.restoreJournal, { ...journal, pending: journal.pending.filter((one) => one !== part) });
}

const WORKER_GRACE_MS = 10_000;

/**
 * Ends a restore whose parts are all in place, before the worker starts: writes its record and removes the journal. Idempotent.
 * Throws while a part is missing.
 */
export function endRestore(layout: HomeLayout): void {
  const journal = restoreInProgress(layout);
  if (journal === null) return;
  if (journal.pending.length > 0) {
    throw new Error(`waits until the backup ${journal.from} is in force in ${journal.pending.join(' and ')}`);
  }
  const { from, at, logId, head, replacedLogId, replacedGenerations } = journal;
  const before = lastRestore(layout)?.replacedLogIds ?? [];
  const replacedLogIds = [...new Set([...before, replacedLogId])].filter((id) => id !== logId);
  const record = { from, at, logId, head, replacedLogIds, replacedGenerations } satisfies RestoreRecord;
  writeJson(layout.restored, record);
  rmSync(layout.restoreJournal, { force: true });
  clearPrepared(layout);
}

/** Removes the folders that a restore prepared and that are not in place. Not while one is being put in force. */
export function clearPrepared({ nats, caddy }: HomeLayout): void {
  for (const folder of [nats, caddy]) {
    const names = existsSync(folder) ? readdirSync(folder) : [];
    for (const name of names.filter((one) => one.startsWith(PREPARED)))
      rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** Has the supervisor start a component again that a restore waits for; null: none does. */
export function mendByRestore(component: RestoredPart | 'worker', layout: HomeLayout): Mended | null {
  const journal = readJson<RestoreJournal>(layout.restoreJournal, isJournal).value;
  if (journal === null || (component !== 'worker' && !journal.pending.includes(component))) return null;
  return { problem: `starts again to put the backup ${journal.from} of ${journal.at} in force`, remedy: 'restart' };
}

/** Moves a prepared file or folder to its place, and what was there beside it. Idempotent. */
function replace({ prepared, place }: Replacement): void {
  if (!existsSync(prepared)) return;
  if (existsSync(place)) {
    rmSync(`${place}${BEFORE}`, { recursive: true, force: true });
    renameSync(place, `${place}${BEFORE}`);
  }
  renameSync(prepared, place);
  for (const folder of new Set([dirname(prepared), dirname(place)])) syncFolder(folder);
}

/** Gives the home the names that the environment of the backup has in shared systems. */
function takeOverEnvironment(layout: HomeLayout, environment: string): void {
  const connections = readJson<Connections>(layout.connections, isConnections).value;
  if (connections !== null && connections.environment !== environment)
    writeJson(layout.connections, { ...connections, environment });
  const settings = readJson<StackSettings>(layout.settings, isSettings).value;
  if (settings !== null && settings.connections.environment !== environment)
    writeJson(layout.settings, { ...settings, connections: { ...settings.connections, environment } });
}

function isJournal(value: unknown): boolean {
  const { version, logId, nats, pending } = (value ?? {}) as Partial<RestoreJournal>;
  return version === 1 && typeof logId === 'string' && typeof nats?.prepared === 'string' && Array.isArray(pending);
}

function isRestoreRecord(value: unknown): boolean {
  const { logId, replacedLogIds } = (value ?? {}) as Partial<RestoreRecord>;
  return typeof logId === 'string' && Array.isArray(replacedLogIds);
}
