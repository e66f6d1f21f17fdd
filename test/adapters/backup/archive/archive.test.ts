import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Decrypter, generateIdentity, identityToRecipient } from 'age-encryption';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../../../src/ports/failure.js';
import { archives, bytesOf, each, IDENTITY, manifestOf, part, read, temporaryFolder, write } from './build.js';

const recipient = await identityToRecipient(IDENTITY);
const log = Array.from(
  { length: 300 },
  (_, at) => `{"sequence":${at},"data":"${randomBytes(12).toString('hex')}"}\n`,
).join('');
const parts = [
  part('state/routes/app.example.com.yaml', 'kind: Route\n'),
  part('log/000000001-000000300.jsonl', log),
  part('secrets/empty.json', ''),
];

describe.each([
  ['encrypted', [recipient], [IDENTITY]],
  ['plain', [], []],
])('an archive, %s', (_, recipients, identities) => {
  it('gives back its parts and its manifest', async () => {
    const { manifest, parts: found } = await read(await write(parts, recipients), identities);
    expect(Object.entries(found)).toEqual(parts.map(({ path, content }) => [path, Buffer.from(content).toString()]));
    expect(manifest.parts.map(({ path }) => path)).toEqual(['README.txt', ...parts.map(({ path }) => path)]);
  });

  it('reports its size and hash, and the bytes on the way', async () => {
    const file = join(temporaryFolder(), 'x');
    const seen: number[] = [];
    const onBytes = (bytes: number) => void seen.push(bytes);
    const written = await archives.write(file, { parts: each(parts), manifest: manifestOf }, { recipients, onBytes });
    expect(written.bytes).toBe(statSync(file).size);
    expect(written.sha256).toBe(createHash('sha256').update(readFileSync(file)).digest('hex'));
    expect(seen.at(-1)).toBe(written.bytes);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await expect(read(file, identities, written.sha256)).resolves.toBeDefined();
  });

  it('holds long and foreign names, and parts of many sizes', async () => {
    const long = `caddy/${'a'.repeat(240)}/${'b'.repeat(240)}.crt`;
    const sizes = [0, 1, 511, 512, 513, 65_536, 300_000];
    const many = [
      part(long, 'x'),
      part('state/ünï/✓.yaml', 'y'),
      ...sizes.map((size) => part(`size/${size}`, 'z'.repeat(size))),
    ];
    const { parts: found } = await read(await write(many, recipients), identities);
    expect(Object.keys(found)).toEqual(many.map(({ path }) => path));
    for (const size of sizes) expect(found[`size/${size}`]).toHaveLength(size);
  });

  it('detects a changed byte in every kilobyte', async () => {
    const whole = bytesOf(await write(parts, recipients));
    for (let from = 0; from < whole.length; from += 1024) {
      const length = Math.min(1024, whole.length - from);
      for (const at of [from, from + Math.floor(length / 2), from + length - 1]) {
        const damaged = Buffer.from(whole);
        damaged[at] = (damaged[at] ?? 0) ^ 0xff;
        const problem = await read(damaged, identities).catch((error: unknown) => error);
        expect(problem, `byte ${at}`).toBeInstanceOf(Failure);
        expect(['invalid', 'denied'], `byte ${at}`).toContain((problem as Failure).kind);
      }
    }
  });

  it('detects each changed byte of its start and end', async () => {
    const whole = bytesOf(await write(parts, recipients));
    const ends = [...Array(24).keys()].flatMap((at) => [at, whole.length - 1 - at]);
    for (const at of ends) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0xff;
      await expect(read(damaged, identities), `byte ${at}`).rejects.toBeInstanceOf(Failure);
    }
  });

  it('detects each truncation, and bytes after its end', async () => {
    const whole = bytesOf(await write(parts, recipients));
    for (let length = 0; length < whole.length; length += 199) {
      await expect(read(whole.subarray(0, length), identities)).rejects.toMatchObject({ kind: 'invalid' });
    }
    for (const more of [Buffer.from('x'), Buffer.alloc(1), Buffer.alloc(700_000), gzipSync(''), whole]) {
      await expect(read(Buffer.concat([whole, more]), identities)).rejects.toMatchObject({ kind: 'invalid' });
    }
  });

  it('refuses a file of another hash', async () => {
    await expect(read(await write(parts, recipients), identities, '0'.repeat(64))).rejects.toThrow(/SHA-256/);
  });

  it('is not there when its parts fail, and leaves no temporary file', async () => {
    const folder = temporaryFolder();
    async function* failing() {
      yield part('log/1', randomBytes(1_000_000));
      await Promise.resolve();
      throw new Failure('unavailable', 'NATS is away');
    }
    const file = join(folder, 'x');
    const writing = archives.write(file, { parts: failing(), manifest: manifestOf }, { recipients });
    await expect(writing).rejects.toMatchObject({ kind: 'unavailable', message: 'NATS is away' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('stops at the signal', async () => {
    const folder = temporaryFolder();
    const stop = new AbortController();
    async function* endless() {
      for (let at = 0; ; at++) {
        yield part(`log/${at}`, randomBytes(100_000));
        await new Promise(setImmediate);
      }
    }
    const options = { recipients, signal: stop.signal, onBytes: () => stop.abort() };
    await expect(
      archives.write(join(folder, 'x'), { parts: endless(), manifest: manifestOf }, options),
    ).rejects.toThrow();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('closes a file that it refuses at its beginning', async () => {
    const file = join(temporaryFolder(), 'x.tar.gz');
    writeFileSync(file, 'x'.repeat(4_000_000));
    const { createReadStream } = await import('node:fs');
    const source = createReadStream(file);
    const reading = archives.read(source, { identities: [], onPart: () => undefined });
    await expect(reading).rejects.toMatchObject({ kind: 'invalid' });
    expect(source.destroyed).toBe(true);
  });

  it('passes on what its reader throws', async () => {
    const file = await write(parts, recipients);
    const { createReadStream } = await import('node:fs');
    const onPart = () => Promise.reject(new Failure('conflict', 'other log'));
    await expect(archives.read(createReadStream(file), { identities, onPart })).rejects.toMatchObject({
      kind: 'conflict',
    });
  });
});

describe('writing', () => {
  it('names a full disk', async () => {
    async function* full() {
      await Promise.resolve();
      yield* [] as never[];
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    }
    const folder = temporaryFolder();
    const file = join(folder, 'x.tar.gz');
    const writing = archives.write(file, { parts: full(), manifest: manifestOf }, { recipients: [] });
    await expect(writing).rejects.toMatchObject({
      kind: 'unavailable',
      message: `the disk is full: cannot write ${file}`,
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('refuses parts that its reader would refuse', async () => {
    for (const path of ['../x', '/x', 'a//b', 'a\\b', 'a\nb', '', 'manifest.json', 'README.txt']) {
      await expect(write([part(path, '')]), path).rejects.toThrow(/cannot be a part/);
    }
    await expect(write([part('a', ''), part('a', '')])).rejects.toThrow('it occurs twice');
    await expect(write([part('a', Buffer.alloc(16 * 1024 * 1024 + 1))])).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('says when the folder is not there or not writable', async () => {
    await expect(
      archives.write('/proc/x', { parts: each([]), manifest: manifestOf }, { recipients: [] }),
    ).rejects.toThrow();
    expect(existsSync('/proc/x')).toBe(false);
  });

  it('makes what age and tar of others open', async () => {
    const file = await write(parts, [recipient]);
    const decrypter = new Decrypter();
    decrypter.addIdentity(IDENTITY);
    const gzip = await decrypter.decrypt(readFileSync(file));
    const list = execFileSync('tar', ['--list', '--gzip', '--file', '-'], { input: gzip, encoding: 'utf8' });
    expect(list.trim().split('\n')).toEqual(['README.txt', ...parts.map(({ path }) => path), 'manifest.json']);
    expect(gunzipSync(gzip).length % 512).toBe(0);
  });
});

describe('identities', () => {
  it('denies a wrong one, and none, with the way out', async () => {
    const file = await write(parts, [recipient]);
    const wrong = await generateIdentity();
    for (const identities of [[wrong], []]) {
      await expect(read(file, identities)).rejects.toMatchObject({
        kind: 'denied',
        details: { hint: expect.stringContaining('--identity FILE') as unknown },
      });
    }
    await expect(read(file, [wrong, IDENTITY])).resolves.toBeDefined();
  });

  it('opens for each of several recipients', async () => {
    const other = await generateIdentity();
    const file = await write(parts, [recipient, await identityToRecipient(other)]);
    for (const identity of [IDENTITY, other]) await expect(read(file, [identity])).resolves.toBeDefined();
  });
});
