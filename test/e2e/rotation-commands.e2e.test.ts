import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStack, type TestStack } from './stack.js';

const bin = join(import.meta.dirname, '../../bin/hecate');
const eos = join(import.meta.dirname, '../../bin/eos');
/** Hecate's own credentials of a fresh stack. */
const OWN = ['authentik-api-token', 'nats-cli', 'nats-worker', 'operator-tester', 'vault-cli', 'vault-worker'];

let stack: TestStack;
const json = <T>(...args: string[]) => JSON.parse(stack.hecate(...args, '-o', 'json').stdout) as T;

interface Status {
  readonly version: number;
  readonly rotation: { readonly phase: string; readonly isHeld: boolean; readonly wayOut: readonly string[] } | null;
  readonly lastRotation: { readonly result: string; readonly problem: string | null } | null;
}
const status = (name: string) => json<Status>('read', 'secret', 'status', '--name', name);
const rotate = (...more: string[]) => stack.hecate('update', 'secret', 'rotate', '--name', 'api', ...more);

/** Waits until a secret is what it should become. */
async function until(name: string, isThere: (status: Status) => boolean): Promise<Status> {
  for (const deadline = Date.now() + 30_000; ;) {
    const now = status(name);
    if (isThere(now) || Date.now() > deadline) return now;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

beforeAll(async () => {
  stack = startStack();
  const file = join(stack.home, 'value');
  writeFileSync(file, 'hunter2-of-the-test');
  const made = stack.hecate('create', 'secret', '--name', 'api', '--kind', 'generic', '--from-file', file);
  expect(made.status, made.stderr).toBe(0);
  for (const name of OWN) await until(name, ({ version }) => version === 1);
});
afterAll(() => stack.stop());

describe('update secret rotate', () => {
  it('follows the phases until the grace period, and says until when the old value is valid', () => {
    const { status: code, stdout, stderr } = rotate('--strategy', 'dual-secret');
    expect(code, stderr).toBe(0);
    for (const phase of ['preflight', 'issue', 'store', 'distribute', 'prove', 'commit'])
      expect(stderr).toMatch(new RegExp(`^· ${phase} \\(.+\\): \\d+ (ms|s)$`, 'm'));
    expect(stdout).toMatch(
      /version 2 of secret api is in force\. Version 1 stays valid until 20\S+; then it is revoked\./,
    );
    expect(stderr).toContain('hecate finish secret rotation --name api');
    expect(status('api')).toMatchObject({ version: 2, rotation: { phase: 'grace' } });
  });

  it('refuses a second one with 4, and names the first and how to end it', () => {
    const { status: code, stderr } = rotate();
    expect(code).toBe(4);
    expect(stderr).toMatch(/secret api is being rotated: api-\w+ by tester/);
    expect(stderr).toContain('hecate finish secret rotation --name api');
    expect(stderr).not.toContain('hecate cancel secret rotation');
  });

  it('is ended by finish, which revokes the old value at once', () => {
    const { status: code, stdout, stderr } = stack.hecate('finish', 'secret', 'rotation', '--name', 'api');
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(
      'version 2 of secret api is in force, and version 1 is no longer in force; nobody was told.',
    );
    expect(status('api')).toMatchObject({ rotation: null, lastRotation: { result: 'completed' } });
  });

  it('waits at --hold-at for a person, and is undone by cancel', () => {
    const held = rotate('--hold-at', 'commit');
    expect(held.status, held.stderr).toBe(0);
    expect(held.stdout).toContain('held before the phase commit');
    expect(held.stderr).toContain('hecate cancel secret rotation --name api');
    expect(status('api')).toMatchObject({ version: 2, rotation: { phase: 'commit', isHeld: true } });
    const { status: code, stdout } = stack.hecate('cancel', 'secret', 'rotation', '--name', 'api');
    expect(code).toBe(0);
    expect(stdout).toContain('was undone; version 2 stays in force.');
    expect(status('api')).toMatchObject({ version: 2, rotation: null, lastRotation: { result: 'undone' } });
    expect(stack.hecate('cancel', 'secret', 'rotation', '--name', 'api').status).toBe(4);
  });

  it('has the phases with their times as JSON', () => {
    const { status: code, stdout } = rotate('--strategy', 'immediate', '-o', 'json');
    expect(code).toBe(0);
    const { rotation } = JSON.parse(stdout) as { rotation: { state: string; phases: { phase: string }[] } };
    expect(rotation).toMatchObject({ state: 'completed', strategy: 'immediate', fromVersion: 2, toVersion: 3 });
    expect(rotation.phases.map(({ phase }) => phase)).toEqual(
      'preflight issue store distribute commit revoke prove prove-refused'.split(' '),
    );
    for (const one of rotation.phases) expect(one).toMatchObject({ durationMs: expect.any(Number) as number });
  });

  it('names the nearest secret, the strategies, and asks before it revokes at once', () => {
    const unknown = stack.hecate('update', 'secret', 'rotate', '--name', 'apj');
    expect(unknown.status).toBe(3);
    expect(unknown.stderr).toContain('Did you mean api?');
    const strategy = rotate('--strategy', 'sometimes');
    expect(strategy.status).toBe(2);
    expect(strategy.stderr).toMatch(/dual-secret.*immediate/);
    const now = rotate('--strategy', 'immediate', '--revoke-now');
    expect(now.status).toBe(4);
    expect(now.stderr).toContain('Add --yes');
    expect(rotate('--strategy', 'immediate', '--revoke-now', '--yes').status).toBe(0);
  });

  it('is refused for a viewer with 5', () => {
    const key = join(stack.home, 'a-viewer.key');
    const make = ['create', 'operator', '--name', 'a-viewer', '--role', 'viewer', '--key-file', key];
    expect(stack.hecate(...make).status).toBe(0);
    const env = { ...process.env, HECATE_HOME: stack.home, HECATE_OPERATOR_KEY_FILE: key };
    for (const words of [
      ['update', 'secret', 'rotate', '--name', 'api'],
      ['finish', 'secret', 'rotation', '--name', 'api'],
      ['cancel', 'secret', 'rotation', '--name', 'api'],
    ])
      expect(spawnSync(process.execPath, [bin, ...words], { env }).status, words.join(' ')).toBe(5);
    expect(spawnSync(process.execPath, [bin, 'update', 'secret', 'rotate-all'], { env }).status).toBe(1);
  });

  it('goes on after Ctrl-C, which says so', async () => {
    const args = [bin, 'update', 'secret', 'rotate', '--name', 'api', '--grace', '50s'];
    const child = spawn(process.execPath, args, { env: { ...process.env, HECATE_HOME: stack.home } });
    let stderr = '';
    child.stderr.on('data', (chunk) => (stderr += String(chunk)));
    await until('api', ({ rotation }) => rotation?.phase === 'grace');
    child.kill('SIGINT');
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(code).toBe(130);
    expect(stderr).toContain('the rotation goes on');
    expect(stack.hecate('finish', 'secret', 'rotation', '--name', 'api').status).toBe(0);
  });
});

describe('the commands of the reference page', () => {
  const run = (line: string) =>
    spawnSync(process.execPath, [eos, ...line.split(' ')], {
      env: { ...process.env, HECATE_HOME: stack.home, COLUMNS: '400' },
      encoding: 'utf8',
    });

  it.each([
    ['update hecate secret rotate --name authentik-api-token --strategy dual-secret', 0],
    ['read hecate secret status --name authentik-api-token', 0],
    ['list hecate secrets --show-rotation-status', 0],
    ['finish hecate secret rotation --name authentik-api-token', 0],
  ])('eos %s', (line, code) => {
    const { status: ended, stdout, stderr } = run(line);
    expect(ended, stderr).toBe(code);
    expect(stdout).toContain('authentik-api-token');
  });
});

describe('update secret rotate-all', () => {
  it('shows the order in a dry run, and changes nothing', () => {
    const before = status('api').version;
    const { secrets, failed } = json<{ secrets: { name: string; result: string }[]; failed: number }>(
      ...['update', 'secret', 'rotate-all', '--dry-run'],
    );
    expect(failed).toBe(0);
    const names = secrets.map(({ name }) => name);
    expect(names.indexOf('operator-tester')).toBeLessThan(names.indexOf('nats-worker'));
    expect(names.indexOf('nats-worker')).toBeLessThan(names.indexOf('vault-worker'));
    expect(names.indexOf('vault-worker')).toBeLessThan(names.indexOf('authentik-api-token'));
    expect(names.indexOf('authentik-api-token')).toBeLessThan(names.indexOf('api'));
    expect(status('api').version).toBe(before);
  });

  it('rotates the rest when one fails, and ends with 1', () => {
    expect(rotate('--hold-at', 'commit').status).toBe(0);
    const before = status('vault-worker').version;
    const { status: code, stdout, stderr } = stack.hecate(...['update', 'secret', 'rotate-all'], '--grace', '0s');
    expect(code, stderr).toBe(1);
    expect(stdout).toMatch(/^api +generic +failed .*is being rotated/m);
    expect(stdout).toMatch(/^vault-worker +vault-approle +rotated/m);
    expect(stdout).toMatch(/\d+ of \d+ failed$/m);
    expect(status('vault-worker').version).toBe(before + 1);
    expect(stack.hecate('cancel', 'secret', 'rotation', '--name', 'api').status).toBe(0);
  });
});

it('list operations and the history tell each phase', () => {
  const listed = json<{ operation: string; subject: string; state: string; detail: string }[]>('list', 'operations');
  const rotation = listed.find(({ operation, subject }) => operation === 'rotation' && subject === 'vault-worker');
  expect(rotation).toMatchObject({ state: 'completed', detail: expect.stringContaining('prove-refused') as string });
  const history = stack.hecate('history', '--resource', 'Secret/vault-worker', '--all').stdout;
  for (const phase of ['preflight', 'issue', 'store', 'distribute', 'prove', 'commit', 'grace', 'revoke'])
    expect(history).toContain(`secret.rotation.${phase}`);
  expect(history).not.toContain('edition');
});
