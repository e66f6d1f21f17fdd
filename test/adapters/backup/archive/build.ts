import { createHash } from 'node:crypto';
import { createReadStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { onTestFinished } from 'vitest';
import { createArchives } from '../../../../src/adapters/backup/archive/index.js';
import { type BackupManifest, FORMAT_VERSION, type Part } from '../../../../src/domain/backup/manifest.js';
import type { NewPart } from '../../../../src/ports/backup/backups.js';

/** An identity and its recipient, for tests only. */
export const IDENTITY = 'AGE-SECRET-KEY-185XMPG9QMU2QWVLK5H4QFX859SVSG3AY6LKU7V7KC2F5YW9WMPFQXWPLK8';

export const archives = createArchives();

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hecate-archive-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function manifestOf(parts: readonly Part[]): BackupManifest {
  return {
    format: 'hecate-backup',
    version: FORMAT_VERSION,
    name: 'main-full-20261129T031500Z-1-3',
    kind: 'full',
    createdAt: '2026-11-29T03:15:00.000Z',
    environment: { name: 'main', id: 'abc', logId: 'log-1' },
    hecate: '0.1.0',
    range: { from: 1, to: 3, head: { sequence: 3, hash: 'f'.repeat(64) } },
    parent: null,
    components: 'all',
    contains: ['The log'],
    omits: ["authentik's own database"],
    parts: [...parts],
  };
}

export async function* each(parts: readonly NewPart[]): AsyncGenerator<NewPart> {
  yield* parts;
}

export function part(path: string, content: string | Uint8Array): NewPart {
  return { path, content: Buffer.from(content) };
}

/** Writes an archive and returns its path. */
export async function write(parts: readonly NewPart[], recipients: readonly string[] = []): Promise<string> {
  const file = join(temporaryFolder(), recipients.length === 0 ? 'x.tar.gz' : 'x.tar.gz.age');
  await archives.write(file, { parts: each(parts), manifest: manifestOf }, { recipients });
  return file;
}

/** Reads a file or bytes. Returns the manifest and the parts that were handed on. */
export async function read(archive: string | Buffer, identities: readonly string[] = [], sha256?: string) {
  const parts: Record<string, string> = {};
  const source = typeof archive === 'string' ? createReadStream(archive) : Readable.from([archive]);
  const manifest = await archives.read(source, {
    identities,
    name: 'x.tar.gz',
    ...(sha256 === undefined ? {} : { sha256 }),
    onPart: ({ path, content }) => {
      parts[path] = content.toString();
    },
  });
  return { manifest, parts };
}

/** An entry as tar-stream writes it, hostile ones included. */
export interface Entry {
  readonly name: string;
  readonly content?: string | Buffer;
  readonly type?:
    'file' | 'link' | 'symlink' | 'character-device' | 'block-device' | 'directory' | 'fifo' | 'contiguous-file';
  readonly linkname?: string;
  readonly pax?: Record<string, string>;
}

/** Makes a tar archive without any check, by another program than ours. */
export async function tarOf(entries: readonly Entry[]): Promise<Buffer> {
  const tar = pack();
  for (const { content = '', ...header } of entries) tar.entry({ ...header }, Buffer.from(content));
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Makes an archive whose manifest lists all files of `entries` truly, whatever they are. */
export async function archiveOf(
  entries: readonly Entry[],
  change: (manifest: BackupManifest) => unknown = (manifest) => manifest,
): Promise<Buffer> {
  const parts = entries.map(({ name, content = '' }) => ({
    path: name,
    bytes: Buffer.byteLength(content),
    sha256: createHash('sha256').update(content).digest('hex'),
  }));
  const manifest = { name: 'manifest.json', content: JSON.stringify(change(manifestOf(parts))) };
  return gzipSync(await tarOf([...entries, manifest]));
}

export function bytesOf(file: string): Buffer {
  return readFileSync(file);
}
