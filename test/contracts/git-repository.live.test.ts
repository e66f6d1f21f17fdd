import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRepository, type GitRequest } from '../../src/adapters/git/git-repository.js';
import { stripCredentials } from '../../src/domain/values/redaction.js';

let folder: string;
const git = (...args: string[]) =>
  execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
    encoding: 'utf8',
  });
const read = (more: Partial<GitRequest> = {}) =>
  readRepository({
    url: `file://${folder}`,
    ref: null,
    commit: null,
    wanted: (path) => path.endsWith('.yaml'),
    wantedFolder: (path) => !path.startsWith('hidden'),
    credentialsFile: null,
    env: process.env,
    ...more,
  });

/** Of every process. */
const commandLines = () =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hecate-git-test-'));
  git('init', '--quiet', '--initial-branch', 'main');
  mkdirSync(join(folder, '.hecate'));
  writeFileSync(join(folder, '.hecate/a.yaml'), 'name: ä\n');
  writeFileSync(join(folder, '.hecate/b.yaml'), 'second: 1\nlast: 2');
  writeFileSync(join(folder, 'README.md'), 'x');
  symlinkSync('/etc/passwd', join(folder, 'link.yaml'));
  git('add', '-A');
  git('commit', '--quiet', '-m', 'one');
  writeFileSync(join(folder, '.hecate/a.yaml'), 'name: b\n');
  git('commit', '--quiet', '-am', 'two');
  git('branch', 'old', 'HEAD~1');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a Git repository', () => {
  it('is read at its default branch, and links are refused', async () => {
    const tree = await read();
    expect(tree.sha).toBe(git('rev-parse', 'HEAD').trim());
    expect(tree.files).toEqual([
      { path: '.hecate/a.yaml', text: 'name: b\n' },
      { path: '.hecate/b.yaml', text: 'second: 1\nlast: 2' },
    ]);
    expect(tree.refused).toEqual([
      { path: 'link.yaml', code: 'HEC002', why: expect.stringContaining('link') as string },
    ]);
  });

  it('is read at a branch and at a commit, also a short one', async () => {
    expect((await read({ ref: 'old' })).files[0]?.text).toBe('name: ä\n');
    const first = git('rev-parse', 'HEAD~1').trim();
    expect((await read({ commit: first })).sha).toBe(first);
    expect((await read({ commit: first.slice(0, 8) })).sha).toBe(first);
  });

  it.each([
    ['no repository', { url: 'file:///nowhere/at/all' }, 'missing', 'no Git repository'],
    ['no such branch', { ref: 'nope' }, 'missing', 'no such ref'],
    ['no such commit', { commit: 'abcdef12' }, 'missing', 'no commit abcdef12'],
    ['nobody there', { url: 'http://127.0.0.1:9/x.git' }, 'unavailable', '127.0.0.1:9'],
    ['a helper program as a URL', { url: 'ext::sh -c id' }, 'invalid', 'ext'],
    [
      'an address that SSH would take for an option',
      { url: 'ssh://-oProxyCommand=id/x' },
      'invalid',
      'strange hostname',
    ],
    ['a scheme that nobody knows', { url: 'foo://example.com/x' }, 'invalid', 'foo'],
    ['a ref that git would take for two', { ref: 'main:x' }, 'invalid', 'main:x'],
    ['a ref that git would take for an option', { ref: '--upload-pack=id' }, 'invalid', 'cannot be the name'],
  ])('says what is wrong: %s', async (_what, more, kind, words) => {
    await expect(read(more)).rejects.toMatchObject({ kind, message: expect.stringContaining(words) as string });
  });

  it('is read with any path, and what cannot be read there is told', async () => {
    git('checkout', '--quiet', '-b', 'odd');
    writeFileSync(join(folder, 'tab\tä €.yaml'), 'x: 1\n');
    writeFileSync(join(folder, 'latin.yaml'), Buffer.from([0x78, 0x3a, 0x20, 0xe4, 0x0a]));
    writeFileSync(join(folder, 'large.yaml'), Buffer.alloc((32 << 20) + 1, 0x20));
    symlinkSync('.hecate', join(folder, 'routes'));
    symlinkSync('.hecate', join(folder, 'hidden'));
    symlinkSync('README.md', join(folder, 'READ'));
    git('add', '-A');
    git('commit', '--quiet', '-m', 'odd');
    git('checkout', '--quiet', 'main');
    const { files, refused } = await read({ ref: 'odd' });
    expect(files.map(({ path }) => path)).toContain('tab\tä €.yaml');
    expect(refused.map(({ path, code, why }) => `${path}: ${code} ${why}`).sort()).toEqual([
      'large.yaml: HEC001 the file has 33 MiB, but the limit is 32 MiB; split it',
      'latin.yaml: HEC001 the file is not UTF-8; save it as UTF-8',
      'link.yaml: HEC002 symbolic links in a repository are not followed; commit the file itself',
      'routes: HEC002 symbolic links in a repository are not followed; commit the file itself',
    ]);
  });

  it('that does not answer is given up, and nothing of git is left', async () => {
    const server = createTcpServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const at = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const begun = performance.now();
    await expect(read({ url: `http://${at}/x.git`, timeoutMs: 1_500 })).rejects.toMatchObject({
      kind: 'unavailable',
      message: `git at ${at} did not answer within 1.5 s`,
    });
    expect(performance.now() - begun).toBeLessThan(4_000);
    await expect.poll(() => commandLines().filter((line) => line.includes(at))).toEqual([]);
    server.close();
  });

  it('is read without what a killed reading has left', async () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const left = [dead, process.pid].map((pid) => mkdtempSync(join(tmpdir(), `hecate-git-${pid}-`)));
    const others = mkdtempSync(join(tmpdir(), `hecate-git-${process.ppid}-`));
    await read();
    expect(left.filter(existsSync)).toEqual([]);
    expect(existsSync(others)).toBe(true);
    rmSync(others, { recursive: true });
  });

  it('takes credentials from a file whatever its path', async () => {
    const file = join(mkdtempSync(join(tmpdir(), "it's a ")), 'git credentials');
    const asked: (string | undefined)[] = [];
    const server = createServer(({ headers }, response) => {
      asked.push(headers.authorization);
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const at = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    writeFileSync(file, `http://joe:secret@${at}\n`);
    await expect(read({ url: `http://${at}/x.git`, credentialsFile: file })).rejects.toMatchObject({ kind: 'denied' });
    server.close();
    expect(asked).toContain(`Basic ${Buffer.from('joe:secret').toString('base64')}`);
    rmSync(dirname(file), { recursive: true });
  });

  it('needs credentials where it is asked for them, and never shows any', async () => {
    const server = createServer((_, response) => {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `http://user:secret@127.0.0.1:${(server.address() as AddressInfo).port}/x.git`;
    const failure: unknown = await read({ url }).catch((error: unknown) => error);
    server.close();
    expect(failure).toMatchObject({ kind: 'denied' });
    expect(JSON.stringify(failure) + String(failure)).not.toContain('secret');
    expect(stripCredentials(url)).not.toContain('secret');
  });
});
