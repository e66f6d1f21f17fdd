import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { isInS3, locationInS3, nameIn } from '../../../domain/backup/location.js';
import type { BackupManifest, BackupRecord } from '../../../domain/backup/manifest.js';
import { FORMAT_VERSION } from '../../../domain/backup/manifest.js';
import type { BackupStore } from '../../../ports/backup/backups.js';
import { Failure } from '../../../ports/failure.js';

/** Opens a destination: a folder, or a prefix in S3. */
export type OpenDestination = (destination: string) => Promise<BackupStore>;

/** Reads a file without a record to its end, and returns its manifest. */
export type ReadManifest = (store: BackupStore, file: string) => Promise<BackupManifest>;

/** A backup to open, with all others at its destination. */
export interface FoundBackup {
  readonly store: BackupStore;
  readonly record: BackupRecord;
  readonly records: readonly BackupRecord[];
  /** What is wrong with other backups there, which cannot be used for that reason. */
  readonly problems: readonly string[];
}

const ARCHIVE = /\.tar\.gz(?:\.age)?$/;

/**
 * Returns the backup that a text names: an archive, a folder or prefix (its latest), `…/latest`, or the name of a backup in
 * one. Files that were copied without their records are read for their manifests. Throws `missing` when there is none.
 */
export async function findBackup(
  from: string,
  open: OpenDestination,
  readManifest: ReadManifest,
): Promise<FoundBackup> {
  if (isInS3(from)) {
    const { destination, name } = locationInS3(from);
    const store = await open(destination);
    const listed = await store.list();
    return { store, ...listed, record: recordIn(listed, store, name ?? (await latestName(store, listed))) };
  }
  const path = resolve(from);
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory() === true) return latestIn(await open(path));
  const folder = dirname(path);
  if ((await stat(folder).catch(() => null)) === null) throw absent(`${folder} does not exist`);
  const store = await open(folder);
  const file = basename(path);
  if (file === 'latest') return latestIn(store);
  const listed = await store.list();
  const record = listed.records.find((one) => one.file === file || one.name === nameIn(file));
  if (record !== undefined) return { store, record, ...listed };
  if (found === null) throw notUsable(nameIn(file), listed) ?? absent(`there is no backup ${path}`, listAt(folder));
  return withoutRecord(store, folder, file, listed, readManifest);
}

async function latestIn(store: BackupStore): Promise<FoundBackup> {
  const listed = await store.list();
  return { store, ...listed, record: recordIn(listed, store, await latestName(store, listed)) };
}

type Listed = Pick<FoundBackup, 'records' | 'problems'>;

async function latestName(store: BackupStore, { records }: Listed): Promise<string> {
  const latest = await store.latest();
  if (latest === null) {
    const newest = records.at(-1)?.name;
    throw absent(
      `${store.place} has no latest backup`,
      newest === undefined
        ? listAt(store.place)
        : `Name one of its backups, such as --from ${join(store.place, newest)}`,
    );
  }
  const record = records.find(({ name }) => name === latest.name);
  if (record !== undefined && record.sha256 !== latest.sha256) {
    throw new Failure(
      'invalid',
      `${join(store.place, 'latest')} names another file than the record of ${latest.name}`,
      {
        hint: `Nothing was changed. Name the backup itself: --from ${join(store.place, latest.name)}`,
      },
    );
  }
  return latest.name;
}

function recordIn(listed: Listed, { place }: BackupStore, name: string): BackupRecord {
  const record = listed.records.find((one) => one.name === name);
  if (record === undefined) throw notUsable(name, listed) ?? absent(`${place} has no backup ${name}`, listAt(place));
  return record;
}

/** Returns the error for a backup that is there, but damaged; null: nothing is there of it. */
function notUsable(name: string, { problems }: Pick<Listed, 'problems'>): Failure | null {
  const problem = problems.find((one) => one.startsWith(`${name}.`));
  if (problem === undefined) return null;
  return new Failure(kindOf(problem), `the backup ${name} cannot be used: ${problem}`, {
    hint: 'Nothing was changed. Use another copy, or another backup: hecate list backups',
  });
}

/** Returns the kind of a problem that a store names: a file that is not there, or one that is damaged. */
export function kindOf(problem: string): 'missing' | 'invalid' {
  return problem.includes(' is missing;') ? 'missing' : 'invalid';
}

/** Finds a file that has no record, and makes records of the other files beside it that have none. */
async function withoutRecord(
  store: BackupStore,
  folder: string,
  file: string,
  { records, problems }: Listed,
  readManifest: ReadManifest,
): Promise<FoundBackup> {
  const record = await recordOfFile(store, file, readManifest);
  if ((record.range?.from ?? 1) <= 1) return { store, record, records, problems };
  const known = new Set(records.map((one) => one.file));
  const others = (await readdir(folder)).filter((one) => ARCHIVE.test(one) && one !== file && !known.has(one));
  const made: BackupRecord[] = [];
  const unread: string[] = [];
  // A file that cannot be read is no link; when it is needed, the chain has a gap.
  for (const one of others.sort()) {
    try {
      made.push(await recordOfFile(store, one, readManifest));
    } catch (error) {
      if (error instanceof Failure && error.kind === 'invalid') unread.push(error.message);
    }
  }
  return { store, record, records: [...records, ...made], problems: [...problems, ...unread] };
}

async function recordOfFile(store: BackupStore, file: string, readManifest: ReadManifest): Promise<BackupRecord> {
  const {
    format: _format,
    version: _version,
    contains: _in,
    omits: _out,
    parts: _parts,
    ...common
  } = await readManifest(store, file);
  return {
    format: 'hecate-backup-record',
    version: FORMAT_VERSION,
    ...common,
    file,
    bytes: 0,
    sha256: '',
    recipients: [],
  };
}

function listAt(place: string): string {
  return `See what is there: hecate list backups --destination ${place}`;
}

function absent(message: string, hint = 'Check the path, and that its disk is mounted.'): Failure {
  return new Failure('missing', message, { hint });
}

/** Joins a place and a name for messages. */
export function join(place: string, name: string): string {
  return place.endsWith('/') ? `${place}${name}` : `${place}/${name}`;
}
