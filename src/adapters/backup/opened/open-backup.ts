// Opening backups: finding the chain, reading and proving every link of it. Imports domain, ports and node's own modules.
import { tmpdir } from 'node:os';
import { Transform, type Readable } from 'node:stream';
import { isSame } from '../../../domain/data/fields.js';
import { chainOf } from '../../../domain/backup/chain.js';
import type { BackupManifest, BackupRecord } from '../../../domain/backup/manifest.js';
import type { Archives, BackupStore } from '../../../ports/backup/backups.js';
import { Failure } from '../../../ports/failure.js';
import type { BackedUpSecret, OpenedBackup } from '../../../ports/backup/opened-backup.js';
import { isRecipient } from '../identity.js';
import { findBackup, join, kindOf, type FoundBackup, type OpenDestination } from './find-backup.js';
import { damaged, entriesOf, messagesOf, stateOf, type BackedUpLog } from './replay.js';
import { createSpool, type Kept, type Spool } from './spool.js';

/** What opening a backup needs. */
export interface OpenOptions {
  readonly archives: Pick<Archives, 'read'>;
  /** Opens a destination, with its credentials. */
  readonly openStore: OpenDestination;
  /** age identities (`AGE-SECRET-KEY-1…`); those that do not fit are tried in vain. */
  readonly identities: readonly string[];
  /** Folder for the unpacked parts, which are encrypted and gone with this process; default: the system's temporary folder. */
  readonly spoolFolder?: string;
  /** Gets the number of bytes read so far and of all bytes; the latter is 0 while it is not known. */
  readonly onBytes?: (read: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Opens a backup with its whole chain and proves it. `from`: an archive, a folder or S3 prefix (its latest backup), `…/latest`,
 * or a backup's name in one. Throws `Failure`: `missing` for a backup or a part of its chain that is not there, `invalid` for
 * a damaged, truncated or newer one, `denied` for a wrong identity or refused credentials, `unavailable` for a destination
 * that does not answer or a full disk. Writes nothing but the spool.
 */
export async function openBackup(from: string, options: OpenOptions): Promise<OpenedBackup> {
  const { archives, identities, signal } = options;
  const aborting = signal === undefined ? {} : { signal };
  const found = await findBackup(from, options.openStore, async (store, file) =>
    archives.read(await store.open({ file }), {
      ...{ identities, name: join(store.place, file), onPart: () => undefined },
      ...aborting,
    }),
  );
  const { store, record } = found;
  const links = wholeChain(found);
  const spool = await createSpool(options.spoolFolder ?? tmpdir());
  try {
    const read = await readLinks(links, { ...options, store, spool });
    const log = logOf(read, spool);
    const state = log === null ? null : await stateOf(log);
    return opened(join(store.place, record.name), read, { spool, log, state });
  } catch (error) {
    await spool.close();
    throw error;
  }
}

/**
 * Returns the records of a backup's chain, oldest first. Throws `missing` where a part of the log is in none, and `invalid` where
 * the backup that had it is damaged.
 */
function wholeChain({ record: last, records, problems, store: { place } }: FoundBackup): readonly BackupRecord[] {
  const { links, gaps, missing } = chainOf(last, records);
  if (gaps.length === 0) return links;
  const lacks = gaps.map(({ from, to }) => (from === to ? `message ${from}` : `messages ${from} to ${to}`)).join(', ');
  const gap = `the chain of ${last.name} has a gap: no backup at ${place} has ${lacks} of the log`;
  const unusable = problems.slice(0, MOST_NAMED).join('; ');
  if (unusable !== '' && problems.some((problem) => kindOf(problem) === 'invalid')) {
    throw new Failure('invalid', `${gap} in a usable state: ${unusable}`, {
      hint: 'Nothing was changed. Copy the damaged files again from where they are whole, or use another backup: hecate list backups',
    });
  }
  const named = missing.length === 0 ? '' : `; ${missing.join(', ')} is not there`;
  throw new Failure('missing', `${gap}${named}${unusable === '' ? '' : ` (${unusable})`}`, {
    hint: 'Copy the missing backup with its record (NAME.json) to the same place, or use another one: hecate list backups',
  });
}

/** Largest number of problems in a message. */
const MOST_NAMED = 5;

/** The links of a chain in the spool. */
interface ReadLinks {
  readonly manifests: readonly BackupManifest[];
  /** Files with messages, oldest link first. */
  readonly logFiles: readonly { readonly path: string; readonly kept: Kept; readonly link: number }[];
  /** All other parts by path; of several links the newest counts. */
  readonly parts: ReadonlyMap<string, Kept>;
}

async function readLinks(
  links: readonly BackupRecord[],
  {
    archives,
    identities,
    store,
    spool,
    onBytes,
    signal,
  }: OpenOptions & { readonly store: BackupStore; readonly spool: Spool },
): Promise<ReadLinks> {
  const manifests: BackupManifest[] = [];
  const logFiles: { path: string; kept: Kept; link: number }[] = [];
  const parts = new Map<string, Kept>();
  const total = links.every(({ bytes }) => bytes > 0) ? links.reduce((sum, { bytes }) => sum + bytes, 0) : 0;
  let before = 0;
  for (const record of links) {
    const source = await store.open(record);
    const base = before;
    const counted = onBytes === undefined ? source : counting(source, (read) => onBytes(base + read, total));
    const manifest = await archives.read(counted, {
      identities,
      name: join(store.place, record.file),
      ...(record.sha256 === '' ? {} : { sha256: record.sha256 }),
      async onPart({ path, content }) {
        const kept = await spool.keep(content);
        if (path.startsWith('log/')) logFiles.push({ path, kept, link: manifests.length });
        else parts.set(path, kept);
      },
      ...(signal === undefined ? {} : { signal }),
    });
    checkRecord(record, manifest);
    manifests.push(manifest);
    before += record.bytes;
  }
  return { manifests, logFiles, parts };
}

/** A record beside a backup is not encrypted, so anybody at the destination can change it. The manifest inside counts. */
function checkRecord(record: BackupRecord, manifest: BackupManifest): void {
  const fields = ['name', 'kind', 'createdAt', 'environment', 'range', 'parent', 'components', 'hecate'] as const;
  const damagedKey = record.recipients.find((recipient) => !isRecipient(recipient));
  if (damagedKey !== undefined) throw damaged(`the record ${record.name}.json names a recipient that is no key of age`);
  const other = fields.filter((field) => !isSame(record[field], manifest[field]));
  if (other.length === 0) return;
  throw damaged(
    `the record ${record.name}.json differs from the manifest inside ${record.file} in ${other.join(', ')}`,
  );
}

function logOf({ manifests, logFiles, parts }: ReadLinks, spool: Spool): BackedUpLog | null {
  const ranges = manifests.flatMap(({ range }) => (range === null ? [] : [range]));
  if (ranges.length === 0) return null;
  return {
    ranges,
    async *files() {
      for (const { path, kept, link } of logFiles) yield { path, content: await spool.read(kept), link };
    },
    async blob(hash) {
      const kept = parts.get(`blobs/${hash}.json`);
      return kept === undefined ? null : (await spool.read(kept)).toString('utf8');
    },
  };
}

function opened(
  place: string,
  { manifests, parts }: ReadLinks,
  {
    spool,
    log,
    state,
  }: { readonly spool: Spool; readonly log: BackedUpLog | null; readonly state: OpenedBackup['state'] },
): OpenedBackup {
  const last = manifests.at(-1);
  if (last === undefined) throw new Error('a chain has at least one link');
  const part = async (path: string) => {
    const kept = parts.get(path);
    return kept === undefined ? null : spool.read(kept);
  };
  return {
    ...{ place, last, links: manifests, state },
    messages: () => (log === null ? nothing() : messagesOf(log)),
    entries: () => (log === null ? nothing() : entriesOf(log)),
    parts: (folder) => [...parts.keys()].filter((path) => path.startsWith(folder)).sort(),
    part,
    async secret(vaultPath) {
      const content = await part(`secrets/${vaultPath}.json`);
      return content === null ? null : (JSON.parse(content.toString('utf8')) as BackedUpSecret);
    },
    close: () => spool.close(),
  };
}

async function* nothing(): AsyncGenerator<never> {
  // A backup of components has no log.
}

function counting(source: Readable, onBytes: (read: number) => void): Readable {
  let read = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      read += chunk.length;
      onBytes(read);
      done(null, chunk);
    },
  });
  source.on('error', (error) => counter.destroy(error));
  counter.on('close', () => source.destroy());
  return source.pipe(counter);
}
