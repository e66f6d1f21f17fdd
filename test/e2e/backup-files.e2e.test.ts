import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readIdentityFile } from '../../src/adapters/backup/identity.js';
import { startStack, type TestStack } from './stack.js';

const bin = join(import.meta.dirname, '../../bin/hecate');
let stack: TestStack;
let folder: string;
const file = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hecate-backup-files-'));
  stack = startStack();
  const made = stack.hecate('create', 'route', '--domain', 'app.example.com', '--upstream', 'localhost:1', '--force');
  expect(made.status, made.stderr).toBe(0);
});
afterAll(() => {
  stack.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Shown {
  readonly place: string;
  readonly recipients: readonly string[];
  readonly exportedAt: string | null;
  readonly warning: string | null;
}
const shown = () => JSON.parse(stack.hecate('backup', 'identity', '-o', 'json').stdout) as Shown;
const history = () =>
  JSON.parse(stack.hecate('history', '--operation', 'backup.identity', '-o', 'json').stdout) as object[];

describe('backup identity', () => {
  it('is exported into a new file that only its owner reads, and the history has who did it', async () => {
    expect(shown()).toMatchObject({ recipients: [], exportedAt: null });
    const target = file('identity.txt');
    const { status, stdout, stderr } = stack.hecate('backup', 'identity', '--export', target, '--reason', 'move');
    expect(status, stderr).toBe(0);
    expect(statSync(target).mode & 0o777).toBe(0o600);
    const [identity = ''] = await readIdentityFile(target);
    expect(stdout + stderr).not.toContain(identity);
    const recipient = await identityToRecipient(identity);
    expect(shown()).toMatchObject({ recipients: [recipient], warning: null });
    expect(shown().exportedAt).not.toBeNull();
    expect(history()).toMatchObject([{ operation: 'backup.identity', outcome: 'completed', reason: 'move' }]);
    expect(readFileSync(join(stack.home, 'backup', 'identity.txt'), 'utf8')).toContain(identity);
  });

  it('refuses a file that exists, and one in the home, also through a link', () => {
    const before = history().length;
    writeFileSync(file('there'), 'mine');
    expect(stack.hecate('backup', 'identity', '--export', file('there')).status).toBe(4);
    expect(readFileSync(file('there'), 'utf8')).toBe('mine');
    symlinkSync(stack.home, file('link'));
    for (const inside of [join(stack.home, 'identity.txt'), join(file('link'), 'backup', 'identity.txt')]) {
      const { status, stderr } = stack.hecate('backup', 'identity', '--export', inside);
      expect(status).toBe(2);
      expect(stderr).toContain('would be lost with it');
    }
    expect(history()).toHaveLength(before);
  });

  it('needs the role admin, and leaves no file', () => {
    const key = file('operator.key');
    const made = stack.hecate('create', 'operator', '--name', 'op', '--role', 'operator', '--key-file', key);
    expect(made.status, made.stderr).toBe(0);
    const env = { ...process.env, HECATE_HOME: stack.home, HECATE_OPERATOR_KEY_FILE: key };
    const args = [bin, 'backup', 'identity', '--export', file('by-operator')];
    const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
    expect(status).toBe(5);
    expect(stderr).toContain('backup identity --export needs the role admin');
    expect(existsSync(file('by-operator'))).toBe(false);
  });
});

describe('backup state', () => {
  it('writes one private file, and the same state to the standard output', () => {
    const target = file('state.yaml');
    const { status, stdout, stderr } = stack.hecate('backup', 'state', '--output', target);
    expect(status, stderr).toBe(0);
    expect(stdout).toContain(`1 resource written to ${target}`);
    expect(statSync(target).mode & 0o777).toBe(0o600);
    const body = (text: string) => text.slice(text.indexOf('\n'));
    const text = readFileSync(target, 'utf8');
    expect(text).toContain('domain: app.example.com');
    expect(body(stack.hecate('backup', 'state', '--output', '-').stdout)).toBe(body(text));
  });

  it('replaces its own file, and no other one without --force', () => {
    const target = file('own.yaml');
    for (let times = 0; times < 2; times++) expect(stack.hecate('backup', 'state', '--output', target).status).toBe(0);
    writeFileSync(target, readFileSync(target, 'utf8').replace('app.example.com', 'edited.example.com'));
    const refused = stack.hecate('backup', 'state', '--output', target);
    expect(refused.status).toBe(4);
    expect(refused.stderr).toContain('was edited since');
    expect(stack.hecate('backup', 'state', '--output', target, '--force').status).toBe(0);
  });

  it('refuses what is no file, with the reason', () => {
    for (const [output, reason] of [
      [folder, 'is not a regular file'],
      ['/dev/null', 'is not a regular file'],
      [join(folder, 'none', 'x.yaml'), 'no such file'],
    ] as const) {
      const { status, stderr } = stack.hecate('backup', 'state', '--output', output);
      expect({ output, status }).toEqual({ output, status: 2 });
      expect(stderr).toContain(reason);
    }
  });
});
