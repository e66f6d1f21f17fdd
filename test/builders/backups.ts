import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { BackupManifest, BackupRecord, LogRange } from '../../src/domain/backup/manifest.js';
import type { Change, LogEntry, Position } from '../../src/domain/log/commit.js';
import type { Archives, BackupStore } from '../../src/ports/backup/backups.js';
import { Failure } from '../../src/ports/failure.js';
import type { BackedUpMessage } from '../../src/ports/backup/opened-backup.js';

/** A backup in memory: its files, and the manifest over them. */
export interface MadeBackup {
  readonly manifest: BackupManifest;
  readonly parts: readonly { readonly path: string; readonly content: string }[];
}

const LOG_ID = 'log-1';

/** The messages of a log of commits by id, each ended as completed, with a true chain of hashes. */
export function messages(commits: Record<string, readonly Change[]>): BackedUpMessage[] {
  let sequence = 0;
  let previous: Position | null = null;
  return Object.entries(commits).flatMap(([id, changes]) => {
    const at = `2026-01-01T00:00:${String(++sequence % 60).padStart(2, '0')}.000Z`;
    const more = { actor: 'ada', reason: null, operation: 'route.create', workflowId: `w/${id}` };
    const commit = JSON.stringify({ type: 'committed', id, at, ...more, changes, previous });
    previous = { sequence, hash: sha256(commit) };
    const ended = JSON.stringify({ type: 'ended', id, at, result: 'completed', detail: null, behind: [] });
    const made: BackedUpMessage[] = [
      { sequence, subject: `hecate.commit.${id}`, time: at, data: commit },
      { sequence: ++sequence, subject: `hecate.outcome.${id}`, time: at, data: ended },
    ];
    return made;
  });
}

/** A backup of a part of these messages, with further parts. */
export function madeBackup(
  name: string,
  all: readonly BackedUpMessage[],
  {
    from = 1,
    to = all.length,
    parts = [],
    logId = LOG_ID,
    more = {},
  }: {
    readonly from?: number;
    readonly to?: number;
    readonly parts?: MadeBackup['parts'];
    readonly logId?: string;
    readonly more?: Partial<BackupManifest>;
  } = {},
): MadeBackup {
  const inRange = all.filter(({ sequence }) => sequence >= from && sequence <= to);
  const commits = all.filter(({ subject, sequence }) => subject.includes('.commit.') && sequence <= to);
  const newest = commits.at(-1);
  const head = newest === undefined ? null : { sequence: newest.sequence, hash: sha256(newest.data) };
  const range: LogRange = { from, to, head };
  const log = {
    path: `log/${pad(from)}-${pad(to)}.jsonl`,
    content: inRange.map((one) => `${JSON.stringify(one)}\n`).join(''),
  };
  return withManifest(name, [log, ...parts], { range, environment: { name: 'main', id: 'abc', logId }, ...more });
}

/** A backup of components with these manifests by path. */
export function componentsBackup(name: string, components: readonly string[], parts: MadeBackup['parts']): MadeBackup {
  return withManifest(name, parts, { kind: 'components', range: null, components: [...components] });
}

function withManifest(name: string, parts: MadeBackup['parts'], more: Partial<BackupManifest>): MadeBackup {
  const manifest: BackupManifest = {
    format: 'hecate-backup',
    version: 1,
    name,
    kind: (more.range?.from ?? 1) > 1 ? 'incremental' : 'full',
    createdAt: '2026-01-01T01:00:00.000Z',
    environment: { name: 'main', id: 'abc', logId: LOG_ID },
    hecate: '0.6.0',
    range: null,
    parent: null,
    components: 'all',
    contains: [],
    omits: [],
    parts: parts.map(({ path, content }) => ({ path, bytes: Buffer.byteLength(content), sha256: sha256(content) })),
    ...more,
  };
  return { manifest, parts };
}

/** Record of a backup in memory. */
export function recordOf(made: MadeBackup): BackupRecord {
  const { format: _format, version, contains: _in, omits: _out, parts: _parts, ...common } = made.manifest;
  const text = JSON.stringify(made);
  return {
    ...common,
    format: 'hecate-backup-record',
    version,
    file: `${common.name}.tar.gz`,
    bytes: Buffer.byteLength(text),
    sha256: sha256(text),
    recipients: [],
  };
}

/** Archives whose files are JSON. They check as the real ones do: the whole file's hash, and that of each part. */
export const jsonArchives: Pick<Archives, 'read'> = {
  async read(archive, { sha256: wanted, onPart }) {
    const chunks: Buffer[] = [];
    for await (const chunk of archive) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    if (wanted !== undefined && sha256(text) !== wanted) throw new Failure('invalid', 'the file has another hash');
    const { manifest, parts } = JSON.parse(text) as MadeBackup;
    for (const { path, content } of parts) await onPart({ path, content: Buffer.from(content) });
    return manifest;
  },
};

/** A destination in memory with these backups; the last one of the whole log is its latest. */
export function memoryStore(made: readonly MadeBackup[], more: Partial<BackupStore> = {}): BackupStore {
  const records = made.map(recordOf);
  const latest = records.findLast(({ range }) => range !== null);
  const texts = new Map(made.map((one, at) => [records[at]?.file ?? '', JSON.stringify(one)]));
  const unused = () => Promise.reject(new Error('not used in this test'));
  return {
    place: 's3://bucket/hecate/',
    list: async () => ({ records, problems: [] }),
    proofs: async () => [],
    latest: async () =>
      latest === undefined
        ? null
        : { format: 'hecate-backup-latest', version: 1, name: latest.name, sha256: latest.sha256 },
    owner: async () => null,
    async open({ file }) {
      const text = texts.get(file);
      if (text === undefined) throw new Failure('missing', `there is no ${file}`);
      return Readable.from([Buffer.from(text)]);
    },
    ...{ claim: unused, put: unused, setLatest: unused, putProof: unused, remove: unused, tidy: unused },
    ...more,
  };
}

/** The entry of a log that a message is. */
export function entryOf({ sequence, data }: BackedUpMessage): LogEntry {
  return { position: { sequence, hash: sha256(data) }, message: JSON.parse(data) as LogEntry['message'] } as LogEntry;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function pad(sequence: number): string {
  return String(sequence).padStart(9, '0');
}
