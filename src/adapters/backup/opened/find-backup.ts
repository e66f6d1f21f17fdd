import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { isInS3, locationInS3, nameIn } from '../../../domain/backup/location.js';
import type { BackupManifest, BackupRecord } from '../../../domain/backup/manifest.js';
import { FORMAT_VERSION } from '../../../domain/backup/manifest.js';
import type { BackupStore } from '../../../ports/backups.js';
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
    const { records } = await store.list();
    return { store, records, record: recordIn(records, store, name ?? (await latestName(store, records))) };
  }
  const path = resolve(from);
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory() === true) return latestIn(await open(path));
  const folder = dirname(path);
  if ((await stat(folder).catch(() => null)) === null) throw absent(`${folder} does not exist`);
  const store = await open(folder);
  const file = basename(path);
  if (file === 'latest') return latestIn(store);
  const { records } = await store.list();
  const record = records.find((one) => one.file === file || one.name === nameIn(file));
  if (record !== undefined) return { store, record, records };
  if (found === null) throw absent(`there is no backup ${path}`);
  return withoutRecord(store, folder, file, records, readManifest);
}

async function latestIn(store: BackupStore): Promise<FoundBackup> {
  const { records } = await store.list();
  return { store, records, record: recordIn(records, store, await latestName(store, records)) };
}

async function latestName(store: BackupStore, records: readonly BackupRecord[]): Promise<string> {
  const latest = await store.latest();
  if (latest === null) {
    const newest = records.at(-1)?.name;
    throw absent(
      `${store.place} has no latest backup`,
      newest === undefined ? undefined : `Name one of its backups, such as --from ${join(store.place, newest)}`,
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

function recordIn(records: readonly BackupRecord[], { place }: BackupStore, name: string): BackupRecord {
  const record = records.find((one) => one.name === name);
  if (record === undefined) throw absent(`${place} has no backup ${name}`);
  return record;
}

/** Finds a file that has no record, and makes records of the other files beside it that have none. */
async function withoutRecord(
  store: BackupStore,
  folder: string,
  file: string,
  records: readonly BackupRecord[],
  readManifest: ReadManifest,
): Promise<FoundBackup> {
  const record = await recordOfFile(store, file, readManifest);
  if ((record.range?.from ?? 1) <= 1) return { store, record, records };
  const known = new Set(records.map((one) => one.file));
  const others = (await readdir(folder)).filter((one) => ARCHIVE.test(one) && one !== file && !known.has(one));
  const made: BackupRecord[] = [];
  // A file that cannot be read is no link; when it is needed, the chain has a gap.
  for (const one of others.sort()) made.push(...(await recordOfFile(store, one, readManifest).then(listed, none)));
  return { store, record, records: [...records, ...made] };
}

const listed = (record: BackupRecord) => [record];
const none = () => [];

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

function absent(message: string, hint = 'See what is there: hecate list backups --destination DESTINATION'): Failure {
  return new Failure('missing', message, { hint });
}

/** Joins a place and a name for messages. */
export function join(place: string, name: string): string {
  return place.endsWith('/') ? `${place}${name}` : `${place}/${name}`;
}
