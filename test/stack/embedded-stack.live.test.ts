import { createServer } from 'node:net';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { connect, nkeyAuthenticator, type NatsConnection } from 'nats';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { homeLayout } from '../../src/stack/home-layout.js';
import { supervisorState } from '../../src/stack/processes/recorded-processes.js';
import { down, loadConnections, status, up, type StackStatus, type UpOptions } from '../../src/stack/index.js';

const servers = ['temporal', 'nats', 'caddy', 'openbao'] as const;
const work = mkdtempSync(join(tmpdir(), 'hecate-stack-'));
const supervisorFile = join(work, 'supervisor.cjs');
const homes: string[] = [];

beforeAll(async () => {
  await build({
    entryPoints: [join(import.meta.dirname, '../../src/stack/supervisor.ts')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    outfile: supervisorFile,
  });
});

afterEach(async () => {
  for (const home of homes.splice(0)) await down({ env: envOf(home), purge: true });
}, 60_000);

afterAll(() => rmSync(work, { recursive: true, force: true }));

describe('the embedded stack', { timeout: 120_000 }, () => {
  test('starts, says where everything is, is left alone by a second up, and leaves nothing behind', async () => {
    const home = newHome();
    const first = await start(home);
    expect(first.components.map(({ name, state }) => [name, state])).toEqual(
      ['supervisor', ...servers].map((name) => [name, 'running']),
    );
    expect(first.caddy.http).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await start(home)).toEqual(first);

    await down({ env: envOf(home) });
    expect((await status(envOf(home))).components.every(({ state }) => state === 'stopped')).toBe(true);
    expect(pids(first).filter(isRunning)).toEqual([]);
  });

  test('keeps its folders and every file with a secret to the owner', async () => {
    const home = newHome();
    await start(home);
    expect(modeOf(home)).toBe(0o700);
    expect(modeOf(join(home, 'caddy'))).toBe(0o700);
    for (const file of ['nats/admin.seed', 'nats/worker.seed', 'nats/cli.seed', 'openbao/seal.key'])
      expect([file, modeOf(join(home, file))]).toEqual([file, 0o600]);
    const roles = ['worker', 'cli'].flatMap((name) => [`openbao/${name}.role-id`, `openbao/${name}.secret-id`]);
    for (const file of ['openbao/recovery.key', ...roles])
      expect([file, modeOf(join(home, file))]).toEqual([file, 0o600]);
    expect(existsSync(join(home, 'openbao/root.token'))).toBe(false);
  });

  test('starts a killed server again', async () => {
    const home = newHome();
    const killed = pidOf(await start(home), 'caddy');
    process.kill(killed, 'SIGKILL');
    await until(async () => {
      const now = (await status(envOf(home))).components.find(({ name }) => name === 'caddy');
      return now?.state === 'running' && now.pid !== killed;
    });
  });

  test('starts again with its log when supervisor and log were killed, and goes on with the servers that run', async () => {
    const home = newHome();
    const before = await start(home, ['nats', 'caddy']);
    const logId = readFileSync(join(home, 'log-id'), 'utf8');
    process.kill(pidOf(before, 'supervisor'), 'SIGKILL');
    process.kill(pidOf(before, 'nats'), 'SIGKILL');
    await until(async () => !isRunning(pidOf(before, 'supervisor')));
    const after = await start(home, ['nats', 'caddy']);
    expect(pidOf(after, 'caddy')).toBe(pidOf(before, 'caddy'));
    expect(pidOf(after, 'nats')).not.toBe(pidOf(before, 'nats'));
    expect(after.nats.url).toBe(before.nats.url);
    expect(readFileSync(join(home, 'log-id'), 'utf8')).toBe(logId);
    expect(
      await asCli(home, async (nc) => (await (await nc.jetstreamManager()).streams.info('HECATE')).config.name),
    ).toBe('HECATE');
  });

  test('kills a server that hangs and starts it again, and says at once that it hangs', async () => {
    const home = newHome();
    const before = await start(home);
    for (const name of servers) process.kill(pidOf(before, name), 'SIGSTOP');
    const seen = await status(envOf(home));
    expect(seen.components.filter(({ state }) => state === 'running').map(({ name }) => name)).toEqual(['supervisor']);
    await until(async () => {
      const { components, problems } = await status(envOf(home));
      return problems.length === 0 && components.every(({ state }) => state === 'running');
    });
    const after = await status(envOf(home));
    for (const name of servers) expect([name, pidOf(after, name)]).not.toEqual([name, pidOf(before, name)]);
  });

  test.each(['SIGKILL', 'SIGSTOP'] as const)(
    'has a supervisor again after %s of it, while its servers go on',
    async (signal) => {
      const home = newHome();
      const before = await start(home, ['nats', 'caddy']);
      process.kill(pidOf(before, 'supervisor'), signal);
      await until(async () => (await supervisorState(homeLayout(home))) !== 'running');
      const seen = await status(envOf(home));
      expect(seen.problems).toEqual([expect.stringMatching(/^the supervisor .*; started it again/)]);
      // The new supervisor takes the servers over one after another.
      await until(async () => {
        const now = await status(envOf(home));
        const isComplete = pids(now).length === pids(before).length;
        return isComplete && now.problems.length === 0 && now.components.every(({ state }) => state === 'running');
      });
      const after = await status(envOf(home));
      expect(pidOf(after, 'supervisor')).not.toBe(pidOf(before, 'supervisor'));
      expect(pids(after).slice(1)).toEqual(pids(before).slice(1));
    },
  );

  test('replaces a supervisor of another version, while its servers go on', async () => {
    const home = newHome();
    const before = await start(home, ['nats', 'caddy']);
    const lines: string[] = [];
    const runs = { version: '99.0.0', build: null };
    const options = { env: envOf(home), ports: 'auto', supervisorFile, runs } as const;
    const after = await up({ ...options, components: ['nats', 'caddy'], onProgress: (line) => lines.push(line) });
    expect(lines[0]).toMatch(
      /^supervisor and worker run .*, this is 99\.0\.0; restarting those two, the servers go on$/,
    );
    expect(after.components[0]).toMatchObject({ name: 'supervisor', version: '99.0.0' });
    expect(pids(after).slice(1)).toEqual(pids(before).slice(1));
  });

  test.each([
    ...['connections.json', 'ports.json', 'log-id', 'run/settings.json', 'run/processes.json', 'run/status.json'],
    ...['nats/admin.seed', 'nats/worker.seed', 'nats/cli.seed', 'openbao/seal.key', 'openbao/worker.secret-id'],
  ])('writes %s again when it was emptied, running or stopped', async (file) => {
    const home = newHome();
    const components = file.startsWith('openbao') ? (['openbao'] as const) : (['nats'] as const);
    const before = await start(home, components);
    const path = join(home, file);
    writeFileSync(path, '');
    await until(async () => statSync(path).size > 0);
    await until(async () => (await status(envOf(home))).components.every(({ state }) => state === 'running'));

    await down({ env: envOf(home) });
    if (existsSync(path)) writeFileSync(path, '');
    const after = await start(home, components);
    expect(statSync(path).size).toBeGreaterThan(0);
    expect(after.nats.url).toBe(before.nats.url);
  });

  test('never makes a second log where one is lost', async () => {
    const home = newHome();
    await start(home, ['nats']);
    await down({ env: envOf(home) });
    rmSync(join(home, 'nats/data'), { recursive: true });
    await start(home, ['nats']);
    await expect(asCli(home, async (nc) => (await nc.jetstreamManager()).streams.info('HECATE'))).rejects.toThrow(
      'stream not found',
    );
  });

  test('names the port that is taken and what needs it', async () => {
    const home = newHome();
    const before = await start(home, ['nats']);
    await down({ env: envOf(home) });
    const taken = createServer();
    const port = Number(new URL(before.nats.url).port);
    await new Promise<void>((done) => taken.listen(port, '127.0.0.1', done));
    try {
      await expect(start(home, ['nats'], 'default')).rejects.toMatchObject({
        kind: 'conflict',
        message: expect.stringMatching(new RegExp(`${port}.*nats`)) as string,
        details: { hint: expect.stringContaining('--ports auto') as string },
      });
      expect((await start(home, ['nats'], 'auto')).nats.url).not.toBe(before.nats.url);
    } finally {
      taken.close();
    }
  });

  test('lets the command line read the log and stage objects, and nothing more', async () => {
    const home = newHome();
    await start(home, ['nats']);
    await asCli(home, async (nc) => {
      const streams = (await nc.jetstreamManager()).streams;
      expect((await streams.info('HECATE')).config.name).toBe('HECATE');
      nc.publish('$JS.API.INFO', '', { reply: 'hecate.outcome.forged' });
      // The server answers in order, so this answer comes after the forged one.
      await nc.request('$JS.API.INFO', '', { timeout: 5_000 });
      expect((await streams.info('HECATE')).state.messages).toBe(0);
      for (const forbidden of [
        () => nc.request('hecate.commit', 'x', { timeout: 1_000 }),
        () => nc.request('hecate.outcome.x', 'x', { timeout: 1_000 }),
        () => nc.request('$O.hecate-snapshots.M.x', 'x', { timeout: 1_000 }),
        () => streams.purge('HECATE'),
        () => streams.delete('HECATE'),
        () => streams.add({ name: 'OTHER', subjects: ['other'] }),
      ])
        await expect(forbidden()).rejects.toThrow(/permissions violation/i);
    });
  });

  test('lets the worker append to the log, and not change, purge or delete it', async () => {
    const home = newHome();
    await start(home, ['nats']);
    const as = async <T>(role: 'cli' | 'worker', use: (nc: NatsConnection) => Promise<T>): Promise<T> => {
      const { nats } = loadConnections(envOf(home))!;
      const seed = readFileSync(role === 'cli' ? nats.cliSeedFile! : nats.workerSeedFile!);
      const nc = await connect({ servers: nats.url, authenticator: nkeyAuthenticator(seed) });
      return use(nc).finally(() => nc.close());
    };
    await as('worker', async (nc) => {
      await nc.jetstream().publish('hecate.outcome.one', 'kept');
      const { config } = await (await nc.jetstreamManager()).streams.info('HECATE');
      for (const [verb, body] of [
        ['UPDATE', { ...config, max_msgs: 1 }],
        ['PURGE', {}],
        ['MSG.DELETE', { seq: 1 }],
        ['SNAPSHOT', { deliver_subject: 'x' }],
        ['DELETE', {}],
      ] as const) {
        const asked = nc.request(`$JS.API.STREAM.${verb}.HECATE`, JSON.stringify(body), { timeout: 1_000 });
        await expect(asked, verb).rejects.toThrow(/permissions violation/i);
      }
    });
    const { state, config } = await as('cli', async (nc) => (await nc.jetstreamManager()).streams.info('HECATE'));
    expect(state.messages).toBe(1);
    expect(config.max_msgs).not.toBe(1);
  });
});

function newHome(): string {
  const home = join(work, `home-${homes.length}-${Date.now()}`);
  homes.push(home);
  return home;
}

function envOf(home: string): NodeJS.ProcessEnv {
  return { ...process.env, HECATE_HOME: home };
}

function start(
  home: string,
  components: NonNullable<UpOptions['components']> = servers,
  ports: UpOptions['ports'] = 'auto',
): Promise<StackStatus> {
  return up({ env: envOf(home), ports, components, supervisorFile });
}

async function asCli<T>(home: string, use: (nc: Awaited<ReturnType<typeof connect>>) => Promise<T>): Promise<T> {
  const { nats } = loadConnections(envOf(home))!;
  const nc = await connect({ servers: nats.url, authenticator: nkeyAuthenticator(readFileSync(nats.cliSeedFile!)) });
  try {
    return await use(nc);
  } finally {
    await nc.close();
  }
}

function pids({ components }: StackStatus): number[] {
  return components.flatMap(({ pid }) => pid ?? []);
}

function pidOf({ components }: StackStatus, name: string): number {
  return components.find((one) => one.name === name)?.pid ?? Number.NaN;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('not within 30 s');
    await new Promise((done) => setTimeout(done, 50));
  }
}
