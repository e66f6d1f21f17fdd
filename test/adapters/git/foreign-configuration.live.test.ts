import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  utimesSync,
  writeFileSync,
  chmodSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findFolderOrigin } from '../../../src/adapters/git/folder-origin.js';
import { readRepository } from '../../../src/adapters/git/git-repository.js';

let folder: string;
/** Exists once a program of the folder's choice ran. */
let mark: string;

function git(at: string, ...args: string[]): string {
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'protocol.file.allow=always'];
  return execFileSync('git', ['-C', at, ...who, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

function repository(at: string): void {
  mkdirSync(at, { recursive: true });
  git(at, 'init', '--quiet', '--initial-branch', 'main');
  writeFileSync(join(at, 'route.yaml'), 'kind: Route\n');
  git(at, 'add', '-A');
  git(at, 'commit', '--quiet', '-m', 'one');
}

/** Makes git compare the file's content, not only its time. */
function touch(at: string): void {
  utimesSync(join(at, 'route.yaml'), new Date(0), new Date(0));
}

beforeEach(() => {
  const parent = mkdtempSync(join(tmpdir(), 'hecate-git-config-'));
  folder = join(parent, 'site');
  mark = join(parent, 'mark');
  repository(folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(join(folder, '..'), { recursive: true, force: true });
});

/** Settings that have git run a program, each with what else brings git to it. */
const TRAPS: readonly (readonly [string, (run: string) => void])[] = [
  ['core.fsmonitor', (run) => git(folder, 'config', 'core.fsmonitor', run)],
  ['core.pager', (run) => git(folder, 'config', 'core.pager', run)],
  ['core.sshCommand', (run) => git(folder, 'config', 'core.sshCommand', run)],
  ['core.askPass', (run) => git(folder, 'config', 'core.askPass', run)],
  ['core.gitProxy', (run) => git(folder, 'config', 'core.gitProxy', run)],
  ['core.editor', (run) => git(folder, 'config', 'core.editor', run)],
  ['core.alternateRefsCommand', (run) => git(folder, 'config', 'core.alternateRefsCommand', run)],
  ['credential.helper', (run) => git(folder, 'config', 'credential.helper', `!${run}`)],
  ['diff.external', (run) => git(folder, 'config', 'diff.external', run)],
  ['uploadpack.packObjectsHook', (run) => git(folder, 'config', 'uploadpack.packObjectsHook', run)],
  ['remote.origin.url', (run) => git(folder, 'config', 'remote.origin.url', `ext::${run}`)],
  ['url.insteadOf', (run) => git(folder, 'config', `url.ext::${run} .insteadOf`, 'file://')],
  ['a filter', (run) => filter('trap', { clean: run, smudge: run })],
  ['a required filter', (run) => filter('trap', { clean: run, required: 'true' })],
  ['a filter process', (run) => filter('trap', { process: run })],
  ['a filter with an equals sign', (run) => filter('a=b.c', { clean: run })],
  [
    'a filter of an included file',
    (run) => {
      filter('trap', {});
      writeFileSync(join(folder, '.git', 'more'), `[filter "trap"]\n\tclean = ${run}\n`);
      git(folder, 'config', 'include.path', 'more');
    },
  ],
  [
    'a filter of a worktree’s own configuration',
    (run) => {
      git(folder, 'config', 'extensions.worktreeConfig', 'true');
      filter('trap', {});
      git(folder, 'config', '--worktree', 'filter.trap.clean', run);
    },
  ],
  [
    'textconv',
    (run) => {
      git(folder, 'config', 'diff.trap.textconv', run);
      writeFileSync(join(folder, '.git', 'info', 'attributes'), '*.yaml diff=trap\n');
    },
  ],
  [
    'hooks',
    (run) => {
      for (const name of ['post-index-change', 'fsmonitor-watchman', 'reference-transaction', 'post-checkout'])
        program(join(folder, '.git', 'hooks', name), run);
    },
  ],
  [
    'a submodule',
    (run) => {
      const inner = join(folder, '..', 'inner');
      repository(inner);
      git(folder, 'submodule', '--quiet', 'add', `file://${inner}`, 'inner');
      git(folder, 'commit', '--quiet', '-m', 'submodule');
      git(join(folder, 'inner'), 'config', 'core.fsmonitor', run);
      git(join(folder, 'inner'), 'config', 'filter.trap.clean', run);
      writeFileSync(join(folder, '.git', 'modules', 'inner', 'info', 'attributes'), '* filter=trap\n');
      touch(join(folder, 'inner'));
    },
  ],
  [
    'objects of a partial clone',
    (run) => {
      git(folder, 'config', 'extensions.partialClone', 'origin');
      git(folder, 'config', 'core.repositoryFormatVersion', '1');
      git(folder, 'config', 'remote.origin.url', `ext::${run}`);
      git(folder, 'config', 'protocol.ext.allow', 'always');
      const blob = git(folder, 'rev-parse', 'HEAD:route.yaml').trim();
      const tree = git(folder, 'rev-parse', 'HEAD^{tree}').trim();
      for (const id of [blob, tree])
        rmSync(join(folder, '.git', 'objects', id.slice(0, 2), id.slice(2)), { force: true });
    },
  ],
];

function filter(name: string, settings: Readonly<Record<string, string>>): void {
  writeFileSync(join(folder, '.git', 'info', 'attributes'), `* filter=${name}\n`);
  for (const [key, value] of Object.entries(settings)) git(folder, 'config', `filter.${name}.${key}`, value);
}

function program(file: string, run: string): void {
  writeFileSync(file, `#!/bin/sh\n${run}\n`);
  chmodSync(file, 0o755);
}

describe('the configuration of a folder', () => {
  it.each(TRAPS)('runs nothing: %s', async (_name, set) => {
    const trap = join(folder, '..', 'trap');
    program(trap, `touch ${mark}\ncat`);
    set(trap);
    touch(folder);
    rmSync(mark, { force: true });
    await findFolderOrigin(folder);
    const everything = { wanted: () => true, wantedFolder: () => true };
    const source = { url: `file://${folder}`, ref: null, commit: null, credentialsFile: null, env: process.env };
    await readRepository({ ...source, ...everything }).catch(() => undefined);
    expect(existsSync(mark)).toBe(false);
  });

  it('does not make a clean folder look changed, or a changed one clean', async () => {
    filter('trap', { clean: 'false', required: 'true' });
    touch(folder);
    const head = git(folder, 'rev-parse', 'HEAD').trim();
    expect(await findFolderOrigin(folder)).toMatchObject({ sha: head, head });
    appendFileSync(join(folder, 'route.yaml'), 'more: true\n');
    expect(await findFolderOrigin(folder)).toMatchObject({ sha: null, head });
  });

  it('is not taken from a bare repository that lies in it', async () => {
    const inner = join(folder, 'manifests');
    git(folder, 'init', '--quiet', '--bare', inner);
    git(inner, 'config', 'core.fsmonitor', `touch ${mark}`);
    git(inner, 'config', 'core.bare', 'false');
    git(inner, 'config', 'core.worktree', folder);
    expect(await findFolderOrigin(inner)).toMatchObject({ head: null });
    expect(existsSync(mark)).toBe(false);
  });

  it('is found by the folder, whatever repository the environment names', async () => {
    const other = join(folder, '..', 'other');
    repository(other);
    git(other, 'remote', 'add', 'origin', 'https://git.example.com/other.git');
    vi.stubEnv('GIT_DIR', join(other, '.git'));
    vi.stubEnv('GIT_EXTERNAL_DIFF', `touch ${mark}`);
    expect((await findFolderOrigin(folder)).repository).toBe(`file://${folder}`);
  });

  it('leaves transports of other programs out', async () => {
    const url = `ext::sh -c "touch ${mark}"`;
    for (const one of [url, 'helper::address'])
      await expect(
        readRepository({
          ...{ url: one, ref: null, commit: null, credentialsFile: null, env: process.env },
          ...{ wanted: () => true, wantedFolder: () => true },
        }),
      ).rejects.toMatchObject({ kind: 'invalid' });
    expect(existsSync(mark)).toBe(false);
  });
});
