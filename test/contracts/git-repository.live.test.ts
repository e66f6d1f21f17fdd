import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withoutCredentials } from '../../src/adapters/git/git-failure.js';
import { readRepository, type GitRequest } from '../../src/adapters/git/git-repository.js';

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
    credentialsFile: null,
    env: process.env,
    ...more,
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
    expect(tree.refused).toEqual([{ path: 'link.yaml', why: expect.stringContaining('link') as string }]);
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
    ['a helper program as a URL', { url: 'ext::sh -c id' }, 'unavailable', 'ext'],
  ])('says what is wrong: %s', async (_what, more, kind, words) => {
    await expect(read(more)).rejects.toMatchObject({ kind, message: expect.stringContaining(words) as string });
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
    expect(withoutCredentials(url)).not.toContain('secret');
  });
});
