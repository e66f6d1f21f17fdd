import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, startStack, startUpstream, untilHalfDone, type TestStack } from './stack.js';

let stack: TestStack;
let blue: Awaited<ReturnType<typeof startUpstream>>;
let green: Awaited<ReturnType<typeof startUpstream>>;

beforeAll(async () => {
  [blue, green] = await Promise.all([startUpstream('blue'), startUpstream('green')]);
  stack = startStack();
});
afterAll(() => {
  stack.stop();
  blue.close();
  green.close();
});

interface HistoryEntry {
  id: string;
  operation: string;
  outcome: string;
  actor: string;
  reason: string | null;
  sequence: number | null;
}

const history = async (...args: string[]) =>
  JSON.parse(
    (await stack.run('history', ...(args.includes('--limit') ? [] : ['--all']), '-o', 'json', ...args)).stdout,
  ) as HistoryEntry[];

describe('a route', () => {
  it('is created, answers through Caddy and stands in the history', async () => {
    const created = await stack.run(
      'create',
      'route',
      '--domain',
      'app.example.com',
      '--upstream',
      blue.address,
      '--reason',
      'first',
    );
    expect(created.status, created.stderr).toBe(0);
    expect(JSON.parse((await stack.get('app.example.com')).body)).toMatchObject({ name: 'blue' });
    expect((await history('--domain', 'app.example.com'))[0]).toMatchObject({
      operation: 'route.create',
      outcome: 'completed',
      actor: 'tester',
      reason: 'first',
    });
  });

  it('exists only once: exit 4, saying who made it', async () => {
    const again = await stack.run('create', 'route', '--domain', 'app.example.com', '--upstream', blue.address);
    expect(again.status).toBe(4);
    expect(again.stderr).toContain('created by tester');
  });

  it('sends its headers to the upstream, literally', async () => {
    const created = await stack.run(
      'create', 'route', '--domain', 'service.example.com', '--upstream', blue.address,
      '--headers', 'X-Custom-Header=value', '--headers', 'X-Brace={http.request.host}',
    ); // prettier-ignore
    expect(created.status, created.stderr).toBe(0);
    const { headers } = JSON.parse((await stack.get('service.example.com')).body) as {
      headers: Record<string, string>;
    };
    expect(headers).toMatchObject({ 'x-custom-header': 'value', 'x-brace': '{http.request.host}' });
  });

  it('is changed, and changing nothing writes nothing', async () => {
    const updated = await stack.run('update', 'route', '--domain', 'app.example.com', '--upstream', green.address);
    expect(updated.status, updated.stderr).toBe(0);
    expect(JSON.parse((await stack.get('app.example.com')).body)).toMatchObject({ name: 'green' });
    const before = (await history()).length;
    expect(
      (await stack.run('update', 'route', '--domain', 'app.example.com', '--upstream', green.address)).status,
    ).toBe(0);
    expect(await history()).toHaveLength(before);
  });

  it('goes to no upstream that does not answer, and the attempt stands in the history', async () => {
    const refused = await stack.run('update', 'route', '--domain', 'app.example.com', '--upstream', '127.0.0.1:9');
    expect(refused.status, refused.stderr).toBe(6);
    expect(JSON.parse((await stack.get('app.example.com')).body)).toMatchObject({ name: 'green' });
    const [attempt, before] = await history('--domain', 'app.example.com');
    expect(attempt).toMatchObject({ operation: 'route.update', outcome: 'refused', sequence: null, actor: 'tester' });
    expect(before).toMatchObject({ operation: 'route.update', outcome: 'completed' });
    expect((await stack.run('history', '--all')).stdout).toContain('127.0.0.1:9 refuses connections');
    expect((await stack.run('history')).stdout).not.toContain('127.0.0.1:9');
  });

  it('shows a plan without doing it', async () => {
    const before = (await history()).length;
    const dry = await stack.run(
      'create',
      'route',
      '--domain',
      'dry.example.com',
      '--upstream',
      blue.address,
      '--dry-run',
    );
    expect(dry.status, dry.stderr).toBe(0);
    expect(dry.stdout).toContain('dry.example.com');
    expect(dry.stdout).toContain('one reload of caddy');
    expect(await history()).toHaveLength(before);
    expect((await stack.get('dry.example.com')).status).toBe(404);
  });

  it('shows how many WebSockets and requests are open on what would change', async () => {
    const { hostname, port } = new URL(stack.status.caddy.http);
    const socket = connect(Number(port), hostname);
    socket.write('GET /hang HTTP/1.1\r\nHost: app.example.com\r\n\r\n');
    const update = ['update', 'route', '--domain', 'app.example.com', '--upstream', blue.address, '--dry-run'];
    await eventually(
      () => stack.run(...update, '-o', 'json'),
      ({ stdout }) => /"openRequests":\[\{[^\]]*"count":1/.test(stdout),
    );
    socket.destroy();
  });

  it('is not deleted while it is in use, unless forced', async () => {
    await eventually(
      () => stack.run('delete', 'route', '--domain', 'app.example.com'),
      (result) => result.status === 4,
    );
    const forced = await stack.run('delete', 'route', '--domain', 'app.example.com', '--force');
    expect(forced.status, forced.stderr).toBe(0);
    expect((await stack.get('app.example.com')).status).toBe(404);
  });

  it.each([
    [['create', 'route', '--domain', 'a..b', '--upstream', 'x:1'], '--domain', 2],
    [['create', 'route', '--domain', 'ok.example.com', '--upstream', 'x:99999'], '--upstream', 2],
    [
      ['create', 'route', '--domain', 'ok.example.com', '--upstream', 'x:1', '--headers', 'A=b\r\nC: d'],
      '--headers',
      2,
    ],
    [['delete', 'route', '--domain', 'nowhere.example.com'], 'nowhere.example.com', 3],
  ])('refuses %j before anything starts', async (args, named, code) => {
    const refused = await stack.run(...args);
    expect(refused.status).toBe(code);
    expect(refused.stderr).toContain(named);
  });
});

describe('failure', () => {
  it('survives a SIGKILL of the worker in the middle of operations: each is done once', async () => {
    const domains = Array.from({ length: 6 }, (_, i) => `kill-${i}.example.com`);
    const worker = stack.pidOf('worker');
    const halfDone = untilHalfDone(stack.home, 'route.create');
    const running = domains.map((domain) =>
      stack.run('create', 'route', '--domain', domain, '--upstream', blue.address),
    );
    await halfDone;
    process.kill(worker, 'SIGKILL');
    for (const result of await Promise.all(running)) expect(result.status, result.stderr).toBe(0);
    for (const domain of domains) expect((await stack.get(domain)).status).toBe(200);
    const commits = (await history()).filter((entry) => entry.operation === 'route.create');
    expect(new Set(commits.map((commit) => commit.id)).size).toBe(commits.length);
    for (const domain of domains) expect(await history('--domain', domain)).toHaveLength(1);
  });

  it('loses neither of two updates at once', async () => {
    const results = await Promise.all([
      stack.run('update', 'route', '--domain', 'kill-0.example.com', '--headers', 'X-A=1'),
      stack.run('update', 'route', '--domain', 'kill-0.example.com', '--health-check-path', '/h'),
    ]);
    for (const result of results) expect(result.status, result.stderr).toBe(0);
    const read = JSON.parse(
      (await stack.run('read', 'route', '--domain', 'kill-0.example.com', '-o', 'json')).stdout,
    ) as object;
    expect(JSON.stringify(read)).toContain('"X-A":"1"');
    expect(JSON.stringify(read)).toContain('"/h"');
  });

  it('gives a Caddy that was killed its configuration again', async () => {
    process.kill(stack.pidOf('caddy'), 'SIGKILL');
    await eventually(
      () => stack.get('kill-0.example.com'),
      (answer) => answer.status === 200,
    );
  });

  it('says which system is down, and where, within five seconds', async () => {
    const thaw = stack.freeze('nats');
    try {
      const started = Date.now();
      const read = await stack.run('list', 'routes');
      expect(read.status, read.stderr).toBe(6);
      expect(read.stderr.toLowerCase()).toContain('nats');
      expect(Date.now() - started).toBeLessThan(6_500);
    } finally {
      thaw();
    }
  });
});
