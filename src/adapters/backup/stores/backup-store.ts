import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import {
  backupProof,
  backupRecord,
  destinationOwner,
  FORMAT_VERSION,
  latestBackup,
  type BackupRecord,
} from '../../../domain/backup/manifest.js';
import type { BackupStore } from '../../../ports/backup/backups.js';
import { Failure } from '../../../ports/failure.js';
import type { Objects, StoredObject } from './objects.js';

const OWNER = 'hecate-destination.json';
const LATEST = 'latest';
const RECORD = /^(?!hecate-destination\.json$)([A-Za-z0-9][A-Za-z0-9._-]{0,199})\.json$/;
const PROOF = /^([A-Za-z0-9][A-Za-z0-9._-]{0,199})\.proof\.json$/;
const REMOVAL = /^([A-Za-z0-9][A-Za-z0-9._-]{0,199})\.removed\.json$/;
/** A record has some lists of keys and components; a megabyte is not a record. */
const LARGEST_RECORD_BYTES = 1_048_576;
const LARGEST_NOTE_BYTES = 65_536;
/** Records that are read at the same time. */
const AT_ONCE = 16;
const DAY_MS = 86_400_000;

/**
 * Creates the store of backups over objects. The order of writes keeps it whole after any interruption: the file, its record
 * once the file was read back, and `latest` once the record was. A removal writes `NAME.removed.json` first, so that it can
 * be finished later.
 */
export function createBackupStore(objects: Objects): BackupStore {
  const { place } = objects;

  const store: BackupStore = {
    place,

    async list() {
      const stored = await objects.list();
      const sizes = new Map(stored.map(({ name, bytes }) => [name, bytes]));
      const names = stored.filter(({ name }) => isRecord(name));
      const found = await inOrder(names, AT_ONCE, (one) => readRecord(objects, one, sizes));
      const owner = sizes.has(OWNER) ? await store.owner() : null;
      const [records, problems]: [BackupRecord[], string[]] = [[], []];
      for (const one of found) {
        if (one === null) continue;
        if ('problem' in one) problems.push(one.problem);
        else if (owner !== null && owner.logId !== one.record.environment.logId) {
          problems.push(`${one.record.name}.json is of another log, ${one.record.environment.logId}`);
        } else records.push(one.record);
      }
      return { records: records.sort(byAge), problems };
    },

    async proofs() {
      const stored = await objects.list();
      const names = stored.filter(({ name }) => PROOF.test(name));
      const found = await inOrder(names, AT_ONCE, async ({ name, bytes }) => {
        if (bytes > LARGEST_NOTE_BYTES) return null;
        const value = parsed(await objects.read(name, LARGEST_NOTE_BYTES), backupProof);
        return 'ok' in value && `${value.ok.name}.proof.json` === name ? value.ok : null;
      });
      return found.filter((one) => one !== null);
    },

    async latest() {
      return readNote(objects, LATEST, latestBackup);
    },

    async owner() {
      return (await objects.isAbsent()) ? null : readNote(objects, OWNER, destinationOwner);
    },

    async claim(owner) {
      await objects.prepare();
      const found = await store.owner();
      if (found !== null) return requireOwner(place, found.logId, owner.logId, found.environment);
      // The file of the owner may have been lost; the backups say the same.
      const { records } = await store.list();
      const other = records.find(({ environment }) => environment.logId !== owner.logId);
      if (other) requireOwner(place, other.environment.logId, owner.logId, other.environment.name);
      await objects.create(OWNER, json(owner));
      const written = await store.owner();
      if (written === null) throw notKept(place, OWNER);
      requireOwner(place, written.logId, owner.logId, written.environment);
    },

    async open({ file }) {
      return objects.stream(requirePlainName(file));
    },

    async put(file, record, { lockDays, onBytes = () => undefined, signal }) {
      requireOwnNames(record);
      await store.claim(ownerOf(record));
      if (lockDays !== undefined) await objects.requireLocks();
      const lockUntil = lockDays === undefined ? null : new Date(Date.now() + lockDays * DAY_MS);
      const { size } = await stat(file);
      if (size !== record.bytes) throw changedFile(file, record);
      const stored = new Map((await objects.list()).map(({ name, bytes }) => [name, bytes]));
      const recordName = `${record.name}.json`;
      const isWhole = stored.get(record.file) === record.bytes;
      const before = stored.has(recordName) ? parsed(await objects.read(recordName, LARGEST_RECORD_BYTES)) : null;
      if (before !== null && 'ok' in before && before.ok.sha256 !== record.sha256) throw otherContent(place, record);
      const onRead = () => onBytes(record.bytes);
      const isSent = isWhole && (await hashOf(await objects.stream(record.file), onRead, signal)) === record.sha256;
      if (!isSent) {
        await objects.send(record.file, file, { bytes: record.bytes, lockUntil, onBytes, signal });
        const found = await hashOf(await objects.stream(record.file), onRead, signal);
        if (found !== record.sha256) throw await damaged(objects, file, record, signal);
      }
      await requireLocked(objects, record.file, lockUntil);
      await objects.remove(`${record.name}.removed.json`);
      await writeAndReadBack(objects, recordName, json(record), lockUntil);
      onBytes(record.bytes);
    },

    async setLatest(latest) {
      const record = await requireRecord(objects, latest.name);
      if (record.sha256 !== latest.sha256) throw otherContent(place, record);
      if (record.kind === 'components') {
        throw new Failure('invalid', `${record.name} is a backup of components, so it cannot be the latest backup`);
      }
      const current = await store.latest().catch(ofDamagedNote);
      if (current !== null && current.name !== latest.name) {
        const other = await requireRecord(objects, current.name).catch(ofMissing);
        if (other !== null && isNewer(other, record)) return;
      }
      await writeAndReadBack(objects, LATEST, json(latest), null);
    },

    async putProof(proof) {
      await requireRecord(objects, proof.name);
      await writeAndReadBack(objects, `${proof.name}.proof.json`, json(proof), null);
    },

    async remove(record) {
      requireOwnNames(record);
      const latest = await store.latest().catch(ofDamagedNote);
      if (latest?.name === record.name) {
        throw new Failure('conflict', `${record.name} is the latest backup at ${place}, so it is not removed`, {
          hint: 'Make another backup first: `hecate backup full`.',
        });
      }
      const locked = await lockOf(objects, record);
      if (locked !== null) {
        throw new Failure(
          'denied',
          `${record.name} at ${place} is locked until ${locked.toISOString()}, so it cannot be removed`,
          { hint: `Run the command again after ${locked.toISOString()}.` },
        );
      }
      await objects.write(`${record.name}.removed.json`, json(record), null);
      await objects.remove(`${record.name}.json`);
      await objects.remove(record.file);
      await objects.remove(`${record.name}.proof.json`);
      await objects.remove(`${record.name}.removed.json`);
    },

    async tidy({ now }) {
      for (const { name, bytes } of await objects.list()) {
        if (!REMOVAL.test(name) || bytes > LARGEST_RECORD_BYTES) continue;
        const removal = parsed(await objects.read(name, LARGEST_RECORD_BYTES));
        if (!('ok' in removal) || `${removal.ok.name}.removed.json` !== name) continue;
        await store.remove(removal.ok);
      }
      await objects.removeUnfinished(isOurs, new Date(Date.parse(now) - DAY_MS));
    },
  };
  return store;
}

/** Returns true for a name that {@link createBackupStore} gives. */
function isOurs(name: string): boolean {
  return name === LATEST || name === OWNER || RECORD.test(name) || /^[A-Za-z0-9][\w.-]*\.tar\.gz(?:\.age)?$/.test(name);
}

function isRecord(name: string): boolean {
  return RECORD.test(name) && !PROOF.test(name) && !REMOVAL.test(name);
}

type Read = { readonly record: BackupRecord } | { readonly problem: string };

/** Null: it was removed since it was listed. */
async function readRecord(objects: Objects, stored: StoredObject, sizes: Map<string, number>): Promise<Read | null> {
  const { name } = stored;
  if (stored.bytes > LARGEST_RECORD_BYTES) return { problem: `${name} is too large for a record` };
  const content = await objects.read(name, LARGEST_RECORD_BYTES);
  if (content === null) return null;
  const value = parsed(content);
  if ('problem' in value) return { problem: `${name} ${value.problem}` };
  const record = value.ok;
  if (`${record.name}.json` !== name) return { problem: `${name} is the record of another backup, ${record.name}` };
  const unfit = namesProblem(record);
  if (unfit !== null) return { problem: `${name} ${unfit}` };
  const bytes = sizes.get(record.file);
  if (bytes === undefined) return { problem: `${record.file} is missing; its record ${name} is there` };
  if (bytes !== record.bytes) {
    return { problem: `${record.file} has ${bytes} bytes instead of ${record.bytes}: it is damaged or cut off` };
  }
  return { record };
}

async function requireRecord(objects: Objects, name: string): Promise<BackupRecord> {
  const file = `${requirePlainName(name)}.json`;
  const content = await objects.read(file, LARGEST_RECORD_BYTES);
  const value = content === null ? null : parsed(content);
  if (value === null) {
    throw new Failure('missing', `there is no backup ${name} at ${objects.place}`, {
      hint: `List the backups: \`hecate list backups --destination ${objects.place}\`.`,
    });
  }
  if ('problem' in value) throw new Failure('invalid', `${file} at ${objects.place} ${value.problem}`);
  if (value.ok.name !== name) {
    throw new Failure('invalid', `${file} at ${objects.place} is the record of another backup, ${value.ok.name}`);
  }
  return value.ok;
}

async function readNote<T>(objects: Objects, name: string, schema: z.ZodType<T>): Promise<T | null> {
  const content = await objects.read(name, LARGEST_NOTE_BYTES);
  if (content === null) return null;
  const value = parsed(content, schema);
  if ('ok' in value) return value.ok;
  throw new Failure('invalid', `${name} at ${objects.place} ${value.problem}`, {
    hint:
      name === LATEST
        ? `Name a backup itself: \`hecate list backups --destination ${objects.place}\`.`
        : 'Choose another destination, or put the file back from a copy.',
  });
}

type Parsed<T> = { readonly ok: T } | { readonly problem: string };

function parsed(content: Buffer | null): Parsed<BackupRecord>;
function parsed<T>(content: Buffer | null, schema: z.ZodType<T>): Parsed<T>;
function parsed(content: Buffer | null, schema: z.ZodType = backupRecord): Parsed<unknown> {
  const value = fromJson(content);
  if (value === undefined) return { problem: 'is not valid JSON: it is damaged or cut off' };
  const version = z.looseObject({ version: z.number() }).safeParse(value).data?.version ?? 0;
  if (version > FORMAT_VERSION) {
    return { problem: `has the format ${version}, which a newer Hecate wrote; this one reads up to ${FORMAT_VERSION}` };
  }
  const result = schema.safeParse(value);
  if (!result.success) {
    return { problem: `does not have the expected content: ${z.prettifyError(result.error).split('\n')[0] ?? ''}` };
  }
  return { ok: result.data };
}

function fromJson(content: Buffer | null): unknown {
  if (content === null) return undefined;
  try {
    return JSON.parse(content.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/** Returns what is wrong with the names and times in a record; null: nothing. */
function namesProblem({ name, file, recipients, createdAt }: BackupRecord): string | null {
  const expected = `${name}.tar.gz${recipients.length > 0 ? '.age' : ''}`;
  if (file !== expected) return `names the file "${file}" instead of ${expected}`;
  if (/\.(?:proof|removed)$/.test(name)) return `has the name ${name}, which is reserved`;
  const at = Date.parse(createdAt);
  return Number.isNaN(at) || new Date(at).toISOString() !== createdAt ? `has no proper time: "${createdAt}"` : null;
}

function requireOwnNames(record: BackupRecord): void {
  const problem = namesProblem(record);
  if (problem !== null) throw new Failure('invalid', `the record of ${record.name} ${problem}`);
}

function requirePlainName(name: string): string {
  const isPlain = name !== '' && name !== '.' && name !== '..' && Buffer.byteLength(name) <= 255;
  if (isPlain && !/[/\p{Cc}]/u.test(name)) return name;
  throw new Failure('invalid', `"${name.replace(/\p{Cc}/gu, '?').slice(0, 100)}" is not the name of a backup's file`);
}

function requireOwner(place: string, found: string, wanted: string, environment: string): void {
  if (found === wanted) return;
  throw new Failure(
    'conflict',
    `${place} has the backups of another environment, ${environment} (log ${found}); this one has the log ${wanted}`,
    { hint: 'Choose another folder or prefix for this environment: `--destination`.' },
  );
}

function ownerOf({ environment }: BackupRecord) {
  const format = 'hecate-backup-destination' as const;
  return { format, version: FORMAT_VERSION, logId: environment.logId, environment: environment.name };
}

/** Reports progress while it reads, so that a long read-back is not taken for a hang. */
async function hashOf(stream: Readable, onRead: () => void, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of stream) {
      signal?.throwIfAborted();
      hash.update(chunk as Buffer);
      onRead();
    }
  } finally {
    stream.destroy();
  }
  return hash.digest('hex');
}

/** Removes a file that was not kept as it was sent, and returns the error. */
async function damaged(objects: Objects, file: string, record: BackupRecord, signal: AbortSignal | undefined) {
  const { createReadStream } = await import('node:fs');
  if ((await hashOf(createReadStream(file), () => undefined, signal)) !== record.sha256) {
    return changedFile(file, record);
  }
  await objects.remove(record.file);
  return notKept(objects.place, record.file);
}

async function writeAndReadBack(objects: Objects, name: string, content: Buffer, lockUntil: Date | null) {
  await objects.write(name, content, lockUntil);
  const found = await objects.read(name, LARGEST_RECORD_BYTES);
  if (found === null || !found.equals(content)) throw notKept(objects.place, name);
}

async function requireLocked(objects: Objects, name: string, until: Date | null): Promise<void> {
  if (until === null) return;
  const found = await objects.lockedUntil(name);
  // Servers keep whole seconds.
  if (found !== null && found.getTime() > until.getTime() - DAY_MS) return;
  throw new Failure(
    'invalid',
    `${objects.place} took ${name}, but did not lock it until ${until.toISOString()}: anybody with rights there can remove it`,
    { hint: 'Use a bucket with Object Lock, or leave --lock out.' },
  );
}

async function lockOf(objects: Objects, record: BackupRecord): Promise<Date | null> {
  const [file, note] = [await objects.lockedUntil(record.file), await objects.lockedUntil(`${record.name}.json`)];
  const latest = Math.max(file?.getTime() ?? 0, note?.getTime() ?? 0);
  return latest > Date.now() ? new Date(latest) : null;
}

function changedFile(file: string, record: BackupRecord): Failure {
  return new Failure('invalid', `${file} is not the file of ${record.name}: its size or hash is another one`, {
    hint: 'Start the backup again.',
  });
}

function otherContent(place: string, { name }: BackupRecord): Failure {
  return new Failure('conflict', `there is a backup ${name} with other content at ${place}`, {
    hint: 'Start the backup again: it gets another name.',
  });
}

function notKept(place: string, name: string): Failure {
  return new Failure(
    'unavailable',
    `${place} did not keep ${name} as it was sent: reading it back gave other bytes, or none`,
    { system: place, hint: 'Check the storage for errors, and run the command again.' },
  );
}

/** Returns true when a backup is newer both by its time and by the log that it has. */
function isNewer(one: BackupRecord, other: BackupRecord): boolean {
  const isOfOneLog = one.environment.logId === other.environment.logId;
  return isOfOneLog && one.createdAt > other.createdAt && (one.range?.to ?? 0) > (other.range?.to ?? 0);
}

function byAge(a: BackupRecord, b: BackupRecord): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? -1 : 1;
  return (a.range?.to ?? 0) - (b.range?.to ?? 0) || (a.name < b.name ? -1 : 1);
}

function json(value: object): Buffer {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}

function ofMissing(error: unknown): null {
  if (error instanceof Failure && (error.kind === 'missing' || error.kind === 'invalid')) return null;
  throw error;
}

/** A damaged `latest` is replaced by the next one. */
function ofDamagedNote(error: unknown): null {
  if (error instanceof Failure && error.kind === 'invalid') return null;
  throw error;
}

/** Runs a few at once, and returns the results in the order of the items. */
async function inOrder<T, R>(items: readonly T[], atOnce: number, run: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  const queue = items.entries();
  const work = async () => {
    for (const [index, item] of queue) results[index] = await run(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work));
  return results;
}
