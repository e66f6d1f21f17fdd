import { randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../../../src/ports/failure.js';
import { archiveOf, bytesOf, type Entry, manifestOf, part, read, tarOf, write } from './build.js';

const good: Entry = { name: 'log/1.jsonl', content: '{}\n' };

/** Extension header for all files that follow. */
const global = withChecksum((await tarOf([{ name: 'x', pax: { mtime: '1' } }])).subarray(0, 1024).fill('g', 156, 157));

/** Corrects the checksum of the first header in place. */
function withChecksum(tar: Buffer): Buffer {
  let sum = 8 * 32;
  for (let at = 0; at < 512; at++) if (at < 148 || at >= 156) sum += tar[at] ?? 0;
  tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return tar;
}

function withByte(bytes: Buffer, at: number): Buffer {
  return Buffer.from(bytes).fill(1, at, at + 1);
}

/** Takes an archive of one small file and its manifest apart. */
function split(archive: Buffer): { files: [Buffer, Buffer]; end: Buffer } {
  const tar = gunzipSync(archive);
  return { files: [tar.subarray(0, 1024), tar.subarray(1024, -1024)], end: tar.subarray(-1024) };
}

describe('a hostile archive', () => {
  it.each<[string, Entry, RegExp]>([
    ['a path to the parent', { name: '../../etc/passwd', content: 'x' }, /passwd: its path leaves/],
    ['a path with .. within', { name: 'state/../../x', content: 'x' }, /its path leaves/],
    ['an absolute path', { name: '/etc/passwd', content: 'x' }, /its path is absolute/],
    ['an empty name in a path', { name: 'state//x', content: 'x' }, /empty name/],
    ['a path to itself', { name: './state/x', content: 'x' }, /empty name or "\."/],
    ['a backslash', { name: 'state\\..\\x', content: 'x' }, /backslash/],
    ['a control character', { name: 'state/\u001b[2J', content: 'x' }, /control characters/],
    ['a text direction', { name: 'state/\u202etxt', content: 'x' }, /control characters/],
    ['a symbolic link', { name: 'state/x', type: 'symlink', linkname: '/etc/passwd' }, /it is a symbolic link/],
    ['a hard link', { name: 'state/x', type: 'link', linkname: '/etc/passwd' }, /it is a link/],
    ['a device', { name: 'state/x', type: 'character-device' }, /it is a device/],
    ['a block device', { name: 'state/x', type: 'block-device' }, /it is a device/],
    ['a pipe', { name: 'state/x', type: 'fifo' }, /it is a pipe/],
    ['a folder', { name: 'state/', type: 'directory' }, /it is a folder/],
    ['an unknown type', { name: 'state/x', type: 'contiguous-file' }, /not a plain file/],
    ['a duplicate', good, /it occurs twice/],
    ['a name that a file before it has as folder', { name: 'log/1.jsonl/x', content: 'x' }, /log\/1\.jsonl is a file/],
    ['a file where there is a folder', { name: 'log', content: 'x' }, /folder of another file/],
    ['a long name', { name: `state/${'x'.repeat(600)}`, content: 'x' }, /longer than 512/],
    ['an absurdly long name', { name: 'y'.repeat(1_000_000), content: 'x' }, /absurdly large/],
    ['a PAX link', { name: 'state/x', content: 'x', pax: { linkpath: '/etc/passwd' } }, /not one of a plain file/],
    ['a PAX size', { name: 'state/x', content: 'x', pax: { size: '99999999999' } }, /not one of a plain file/],
    ['a sparse file', { name: 'state/x', content: 'x', pax: { 'GNU.sparse.size': '9' } }, /not one of a plain file/],
    ['a large part', { name: 'state/x', content: Buffer.alloc(16 * 1024 * 1024 + 1) }, /are the most/],
  ])('with %s is refused', async (_, entry, problem) => {
    const refused = read(await archiveOf([good, entry]));
    await expect(refused).rejects.toThrow(problem);
    await expect(refused).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('x.tar.gz') as unknown,
    });
  });

  it('with one name in two spellings of Unicode is refused', async () => {
    const [composed, decomposed] = ['NFC', 'NFD'].map((form) => `state/m\u00fcnchen`.normalize(form));
    const entries = [composed, decomposed].map((name = '') => ({ name, content: 'x' }));
    await expect(read(await archiveOf(entries))).rejects.toThrow(/it occurs twice/);
  });

  it('is read when another program packed it well', async () => {
    await expect(read(await archiveOf([good]))).resolves.toMatchObject({ parts: { [good.name]: good.content } });
  });

  it.each<[string, (manifest: ReturnType<typeof manifestOf>) => unknown, RegExp]>([
    ['lacks a part', (m) => ({ ...m, parts: [] }), /log\/1\.jsonl: it is not in the list/],
    ['lists more', (m) => ({ ...m, parts: [...m.parts, { ...m.parts[0], path: 'log/2' }] }), /log\/2: it is missing/],
    ['lists one twice', (m) => ({ ...m, parts: [...m.parts, ...m.parts] }), /lists a part twice/],
    [
      'has another hash',
      (m) => ({ ...m, parts: m.parts.map((p) => ({ ...p, sha256: '0'.repeat(64) })) }),
      /log\/1\.jsonl: its SHA-256/,
    ],
    [
      'has another size',
      (m) => ({ ...m, parts: m.parts.map((p) => ({ ...p, bytes: 9 })) }),
      /log\/1\.jsonl: it has 3 bytes/,
    ],
    ['is of a newer format', (m) => ({ ...m, version: 99, more: true }), /format 99/],
    ['is of another program', () => ({ hello: 1 }), /not the manifest of a backup/],
    ['has another field', (m) => ({ ...m, more: true }), /Unrecognized key/],
    ['has a name with a path', (m) => ({ ...m, name: '../x' }), /name: /],
  ])('whose manifest %s is refused', async (_, change, problem) => {
    await expect(read(await archiveOf([good], change))).rejects.toThrow(problem);
  });

  it('of a newer format names the way out, from its README already', async () => {
    const readme = { name: 'README.txt', content: 'Backup of Hecate, format version 2.\n' };
    await expect(
      read(gzipSync(await tarOf([readme, { name: 'x', type: 'symlink', linkname: 'y' }]))),
    ).rejects.toMatchObject({
      kind: 'invalid',
      details: { hint: expect.stringContaining('Upgrade Hecate') as unknown },
    });
  });

  it('without a manifest, or with parts after it, is refused', async () => {
    await expect(read(gzipSync(await tarOf([good])))).rejects.toThrow(/manifest\.json is missing/);
    const manifest = { name: 'manifest.json', content: JSON.stringify(manifestOf([])) };
    await expect(read(gzipSync(await tarOf([manifest, good])))).rejects.toThrow(/log\/1\.jsonl: it comes after/);
    await expect(read(gzipSync(await tarOf([{ ...manifest, content: '{' }])))).rejects.toThrow(/it is not JSON/);
  });

  it('in several gzip members is refused, also when tar does not notice', async () => {
    const whole = bytesOf(await write([part('a', 'b')]));
    for (const members of [
      [whole, gzipSync('')],
      [whole, gzipSync(Buffer.alloc(512))],
      [whole, whole],
    ]) {
      await expect(read(Buffer.concat(members))).rejects.toMatchObject({ kind: 'invalid' });
    }
  });

  it('that unpacks to an absurd size is refused, without unpacking it all', async () => {
    const zeros = Buffer.alloc(16 * 1024 * 1024);
    const entries = Array.from({ length: 8 }, (_, at) => ({ name: `log/${at}`, content: zeros }));
    await expect(read(gzipSync(await tarOf(entries)))).rejects.toThrow(/log\/[4-6].*absurd size/);
  });

  it.each<[string, (files: [Buffer, Buffer], end: Buffer) => Buffer[], RegExp]>([
    ['bytes in the padding', ([a, b], end) => [withByte(a, 1000), b, end], /log\/1\.jsonl: it is followed by bytes/],
    ['bytes in the last padding', ([a, b], end) => [a, withByte(b, b.length - 1), end], /manifest\.json: .* bytes/],
    ['an end between its files', ([a, b], end) => [a, end, b, end], /manifest\.json: .*belongs to no file/],
    ['a block of zeros between its files', ([a, b], end) => [a, end.subarray(512), b, end], /belongs to no file/],
    ['no end', ([a, b]) => [a, b], /manifest\.json: the archive ends/],
    ['half an end', ([a, b], end) => [a, b, end.subarray(512)], /manifest\.json: the archive ends/],
    ['a file after its end', ([a, b], end) => [a, b, end, a, end], /log\/1\.jsonl: .*belongs to no file/],
    ['a byte after its end', ([a, b], end) => [a, b, withByte(end, 1023)], /manifest\.json: /],
    [
      'bytes far after its end',
      ([a, b], end) => [a, b, Buffer.alloc(300_000), Buffer.from('x'), end],
      /manifest\.json: /,
    ],
    ['a header of an extension at its end', ([a, b], end) => [a, b, global, end], /bytes after the end/],
    ['a header for all files', ([a, b], end) => [global, a, b, end], /belongs to no file/],
    ['thousands of such headers', ([a, b], end) => [a, ...Array<Buffer>(9000).fill(global), b, end], /absurdly large/],
    ['a byte less', ([a, b], end) => [a, b, end.subarray(1)], /manifest\.json: the archive ends/],
  ])('with %s is refused', async (_, change, problem) => {
    const { files, end } = split(await archiveOf([good]));
    const refused = read(gzipSync(Buffer.concat(change(files, end))));
    await expect(refused).rejects.toThrow(problem);
    await expect(refused).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('with more zeros at its end is read', async () => {
    const { files, end } = split(await archiveOf([good]));
    await expect(read(gzipSync(Buffer.concat([...files, end, Buffer.alloc(600 * 512)])))).resolves.toBeDefined();
  });

  it('with a size beyond any number is refused', async () => {
    const tar = await tarOf([good]);
    Buffer.from([0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).copy(tar, 124);
    await expect(read(gzipSync(withChecksum(tar)))).rejects.toMatchObject({ kind: 'invalid' });
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a few bytes', Buffer.from('hello')],
    ['a text', Buffer.from('apiVersion: hecate.io/v1\n'.repeat(50))],
    ['gzip without tar', gzipSync('x'.repeat(2000))],
    ['an empty gzip', gzipSync('')],
    ['an empty tar', gzipSync(Buffer.alloc(1024))],
    ['an endless header of age', Buffer.from(`age-encryption.org/v1\n${'x'.repeat(400_000)}`)],
  ])('of %s is refused as no backup', async (_, bytes) => {
    await expect(read(bytes, ['AGE-SECRET-KEY-1X'])).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('of any bytes ends in a failure that names it', async () => {
    const tar = await tarOf([good, { name: 'é'.repeat(120), content: randomBytes(600) }]);
    const change = fc.record({ at: fc.nat(tar.length - 1), bytes: fc.uint8Array({ minLength: 1, maxLength: 12 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { minLength: 1, maxLength: 6 }),
        fc.nat(tar.length),
        async (changes, length) => {
          const hostile = Buffer.from(tar);
          for (const { at, bytes } of changes) Buffer.from(bytes).copy(hostile, at);
          const problem = await read(gzipSync(hostile.subarray(0, length))).catch((error: unknown) => error);
          expect(problem).toBeInstanceOf(Failure);
          expect(problem).toMatchObject({ kind: 'invalid', message: expect.stringContaining('x.tar.gz') as unknown });
        },
      ),
      { numRuns: 300 },
    );
  });
});
