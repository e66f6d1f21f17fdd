import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, nkeyAuthenticator } from 'nats';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writePrivate } from '../../src/adapters/files/private-files.js';
import { eventually, startStack, startUpstream, type Finished, type TestStack } from './stack.js';

let stack: TestStack;
let upstream: Awaited<ReturnType<typeof startUpstream>>;

beforeAll(async () => {
  upstream = await startUpstream('up');
  stack = startStack();
});
afterAll(() => {
  stack.stop();
  upstream.close();
});

const read = (file: string) => readFileSync(join(stack.home, file), 'utf8').trim();
const seeds = { 'nats-worker': 'nats/worker.seed', 'nats-cli': 'nats/cli.seed' } as const;
const OPERATOR = 'operator-tester';
const begin = (name: string, ...more: string[]) => stack.run('update', 'secret', 'rotate', '--name', name, '--strategy', 'dual-secret', ...more); // prettier-ignore

interface Status {
  readonly version: number;
  readonly rotation: { readonly phase: string; readonly isHeld: boolean } | null;
  readonly lastRotation: { readonly result: string } | null;
}
const statusOf = async (name: string): Promise<Status> => {
  const { stdout, stderr } = await stack.run('read', 'secret', 'status', '--name', name, '-o', 'json');
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Status;
};
const ended = (name: string, version: number) =>
  eventually(() => statusOf(name), (now) => now.version === version && now.rotation === null, 60_000); // prettier-ignore
const heldAt = (name: string, phase: string) =>
  eventually(() => statusOf(name), ({ rotation }) => rotation?.phase === phase && rotation.isHeld, 60_000); // prettier-ignore
const passed = ({ status, stdout, stderr }: Finished) => (status === 0 ? 'passed' : `${status}: ${stderr}${stdout}`);

/** True when NATS accepts a seed. */
async function accepts(seed: string): Promise<boolean> {
  const { nats } = JSON.parse(read('connections.json')) as { nats: { url: string } };
  try {
    const authenticator = nkeyAuthenticator(Buffer.from(seed));
    const nc = await connect({ servers: nats.url, authenticator, reconnect: false, timeout: 5_000 });
    await nc.close();
    return true;
  } catch (error) {
    if (/authorization/i.test(String(error))) return false;
    throw error;
  }
}

it('has the keys of NATS and of the first operator as secrets from the first start', () => {
  const { stdout } = stack.hecate('list', 'secrets');
  expect(stdout).toMatch(/nats-cli +nats-credentials +1/);
  expect(stdout).toMatch(/nats-worker +nats-credentials +1/);
  expect(stdout).toMatch(/operator-tester +operator-key +1/);
});

it('rotates them while commands read and change, and none of these fails', { timeout: 600_000 }, async () => {
  const names = [...Object.keys(seeds), OPERATOR];
  const results: string[] = [];
  let isOver = false;
  const again = async (use: () => Promise<Finished>) => {
    while (!isOver) results.push(passed(await use()));
  };
  let number = 0;
  const create = () =>
    stack.run('create', 'route', '--domain', `r${++number}.example.com`, '--upstream', upstream.address);
  const loops = [again(() => stack.run('list', 'routes')), again(create)];
  const former = Object.values(seeds).map(read);
  for (let turn = 2; turn <= 4; turn++) {
    for (const name of names) {
      const begun = await begin(name, '--grace', '0s');
      expect(begun.status, begun.stderr).toBe(0);
      await ended(name, turn);
    }
  }
  isOver = true;
  await Promise.all(loops);
  expect(results.filter((result) => result !== 'passed')).toEqual([]);
  expect(results.length).toBeGreaterThan(10);
  expect(await Promise.all(former.map(accepts))).toEqual([false, false]);
});

it.each(['distribute', 'commit', 'revoke'])(
  'goes on when NATS, the worker and the supervisor were killed, and after a planned stop, held before %s',
  { timeout: 300_000 },
  async (phase) => {
    const { version } = await statusOf('nats-worker');
    const before = read(seeds['nats-worker']);
    const begun = begin('nats-worker', '--grace', '0s', '--hold-at', phase);
    await heldAt('nats-worker', phase);
    for (const name of ['nats', 'worker', 'supervisor']) process.kill(stack.pidOf(name), 'SIGKILL');
    expect(passed(await stack.run('up'))).toBe('passed');
    expect(passed(await stack.run('list', 'routes'))).toBe('passed');
    expect(await accepts(before)).toBe(true);
    expect(await accepts(read(seeds['nats-worker']))).toBe(true);
    expect(passed(await stack.run('down'))).toBe('passed');
    expect(passed(await stack.run('up'))).toBe('passed');
    const finished = await stack.run('finish', 'secret', 'rotation', '--name', 'nats-worker');
    expect(finished.status, finished.stderr).toBe(0);
    await begun;
    await ended('nats-worker', version + 1);
    expect(await accepts(before)).toBe(false);
    expect(passed(await stack.run('down'))).toBe('passed');
    expect(passed(await stack.run('up'))).toBe('passed');
    expect(await accepts(before)).toBe(false);
    expect(read(seeds['nats-worker'])).not.toBe(before);
  },
);

it('takes a rotation back that is cancelled, also of the operator who cancels it', { timeout: 120_000 }, async () => {
  for (const [name, file] of [...Object.entries(seeds), [OPERATOR, 'operator.key'] as const]) {
    const { version } = await statusOf(name);
    const before = read(file);
    const begun = begin(name, '--hold-at', 'commit');
    await heldAt(name, 'commit');
    expect(read(file)).not.toBe(before);
    const cancelled = await stack.run('cancel', 'secret', 'rotation', '--name', name);
    expect(cancelled.status, cancelled.stderr).toBe(0);
    const now = await ended(name, version);
    await begun;
    expect(now.lastRotation?.result).toBe('undone');
    expect(read(file)).toBe(before);
    expect(passed(await stack.run('create', 'upstream', '--name', `u-${name}`, '--servers', upstream.address))).toBe('passed'); // prettier-ignore
  }
});

it('refuses the old key of an operator, and lets nobody else rotate it', { timeout: 120_000 }, async () => {
  const { version } = await statusOf(OPERATOR);
  const [old, bob] = [join(stack.home, 'old.key'), join(stack.home, 'bob.key')];
  writePrivate(old, `${read('operator.key')}\n`);
  const made = await stack.run('create', 'operator', '--name', 'bob', '--role', 'operator', '--key-file', bob);
  expect(passed(made)).toBe('passed');
  expect(passed(await begin(OPERATOR, '--grace', '0s'))).toBe('passed');
  await ended(OPERATOR, version + 1);
  const as = (key: string) => startStack({ HECATE_HOME: stack.home, HECATE_OPERATOR_KEY_FILE: key });
  const create = ['create', 'upstream', '--name', 'late', '--servers', upstream.address] as const;
  expect(await as(old).run(...create)).toMatchObject({ status: 5 });
  const denied = await as(bob).run('update', 'secret', 'rotate', '--name', OPERATOR);
  expect(denied).toMatchObject({
    status: 5,
    stderr: expect.stringContaining('tester or an admin rotates it') as string,
  });
  expect(passed(await as(bob).run(...create))).toBe('passed');
  expect(passed(await stack.run('delete', 'upstream', '--name', 'late'))).toBe('passed');
});
