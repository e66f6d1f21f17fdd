import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStack, startUpstream, type TestStack } from './stack.js';

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

interface Row {
  readonly sequence: number | null;
  readonly id: string;
  readonly at: string;
  readonly operation: string;
  readonly outcome: string;
  readonly actor: string;
  readonly workflowId: string;
  readonly changes: readonly unknown[];
}

/** Runs a command that must succeed; what it printed as JSON. */
async function json<T>(...args: string[]): Promise<T> {
  const { status, stdout, stderr } = await stack.run(...args, '-o', 'json');
  expect(status, `${args.join(' ')}: ${stderr}`).toBe(0);
  return JSON.parse(stdout) as T;
}

const served = async (domain: string) => {
  const { status, body } = await stack.get(domain);
  return status === 200 ? (JSON.parse(body) as { name: string }).name : status;
};
const history = (...filters: string[]) =>
  json<Row[]>('history', ...(filters.includes('--limit') ? [] : ['--all']), ...filters);
const create = (domain: string, ...more: string[]) =>
  json('create', 'route', '--domain', domain, '--upstream', blue.address, ...more);

/** An upstream that answers what asks it directly, and fails what a proxy sends: only the proxy can tell. */
async function startDeceptive(): Promise<{ address: string; close: () => void }> {
  const server = createServer(({ headers }, response) =>
    response.writeHead(headers['x-forwarded-for'] === undefined ? 200 : 500).end(),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

describe('a night', () => {
  /** Before anything went wrong. */
  let evening: Row;
  let rollback: Row;

  it('goes wrong', async () => {
    await create('shop.example.com', '--headers', 'X-A=1');
    await create('blog.example.com');
    [evening] = (await history()) as [Row];
    await json('update', 'route', '--domain', 'shop.example.com', '--upstream', green.address, '--actor', 'eve');
    await json('create', 'upstream', '--name', 'pool', '--servers', green.address);
    await json('update', 'route', '--domain', 'blog.example.com', '--upstream', 'pool');
    await create('new.example.com');
    const deceptive = await startDeceptive();
    const failed = await stack.run('update', 'route', '--domain', 'new.example.com', '--upstream', deceptive.address);
    deceptive.close();
    expect([failed.status, failed.stderr]).toEqual([1, expect.stringContaining('undone')]);
    expect(await served('shop.example.com')).toBe('green');
  });

  it('is shown by a dry run before anything is rolled back', async () => {
    const args = ['update', 'rollback', '--to-timestamp', evening.at];
    const before = (await history()).length;
    const dry = await stack.run(...args, '--dry-run', '--exit-code');
    expect(dry.status, dry.stderr).toBe(8);
    expect(dry.stdout).toContain('delete Route new.example.com');
    expect(dry.stdout).toContain(`upstream: "${green.address}" → "${blue.address}"`);
    expect(dry.stdout).toContain('delete Upstream pool');
    expect(await history()).toHaveLength(before);
    expect(await served('new.example.com')).toBe('blue');
  });

  it('is rolled back to a time, in one commit', async () => {
    const args = ['update', 'rollback', '--to-timestamp', evening.at.replace('Z', '+00:00'), '--reason', 'a bad night'];
    const refused = await stack.run(...args);
    expect(refused.status, refused.stderr).toBe(4);
    expect(refused.stderr).toMatch(/new\.example\.com had \d+ requests? in the last 5 minutes/);
    expect(await served('new.example.com')).toBe('blue');
    const before = (await history()).length;
    const back = await stack.run(...args, '--force');
    expect(back.status, back.stderr).toBe(0);
    expect(back.stderr).toContain(`is "${evening.at}"`);
    expect(await history()).toHaveLength(before + 1);
    [rollback] = (await history('--operation', 'state.rollback')) as [Row];
    expect(await served('shop.example.com')).toBe('blue');
    expect(await served('blog.example.com')).toBe('blue');
    expect(await served('new.example.com')).toBe(404);
    const dry = await stack.run(...args, '--dry-run', '--exit-code');
    expect(dry.status, dry.stdout).toBe(0);
  });

  it('and the rollback is undone, as any operation', async () => {
    await json('update', 'undo', '--operation', rollback.workflowId);
    expect(await served('shop.example.com')).toBe('green');
    expect(await served('blog.example.com')).toBe('green');
    expect(await served('new.example.com')).toBe('blue');
  });

  it('of which one operation is taken back, and what was set later stays and is named', async () => {
    const change = ['--headers', 'X-A=2', '--health-check-path', '/health'];
    await json('update', 'route', '--domain', 'shop.example.com', ...change);
    const [{ id }] = (await history('--limit', '1')) as [Row];
    await json('update', 'route', '--domain', 'shop.example.com', '--headers', 'X-A=3', '--actor', 'bob');
    const undone = await stack.run('update', 'undo', '--operation', id);
    expect(undone.status, undone.stderr).toBe(0);
    expect(undone.stderr).toContain('Route shop.example.com keeps headers.X-A "3" (tester (for bob) at ');
    expect(await json('read', 'route', '--domain', 'shop.example.com')).toMatchObject({
      spec: expect.not.objectContaining({ healthCheck: expect.anything() as unknown }) as unknown,
    });
    expect(await json('read', 'route', '--domain', 'shop.example.com')).toMatchObject({
      spec: { headers: { 'X-A': '3' } },
    });
  });

  it('leaves nothing pointing at what is gone', async () => {
    const [{ sequence }] = (await history('--resource', 'upstream/pool', '--operation', 'upstream.create')) as [Row];
    const refused = await stack.run('update', 'undo', '--operation', String(sequence));
    expect(refused.status).toBe(4);
    expect(refused.stderr).toContain('upstream pool would be deleted, but blog.example.com uses it');
  });
});

describe('sign-in', () => {
  const domain = 'team.example.com';
  let open: Row;

  it('goes when it is rolled back, with the bypass that has nothing to lie over any more', async () => {
    await create(domain);
    [open] = (await history('--limit', '1')) as [Row];
    await json('create', 'auth-policy', '--name', 'team', '--groups', 'staff', '--create-groups');
    await json('update', 'route', '--domain', domain, '--auth-policy', 'team');
    expect(await served(domain)).toBe(302);
    await json('update', 'route', '--domain', domain, '--auth-bypass', '--duration', '1h', '--reason', 'repair');
    expect(await served(domain)).toBe('blue');
    const back = await stack.run('update', 'rollback', '--to-commit', open.id, '--force');
    expect(back.status, back.stderr).toBe(0);
    expect(back.stderr).toContain(`the bypass of ${domain} ends: its route does not require sign-in`);
    expect(await json('list', 'auth-policies')).toEqual([]);
    expect(await served(domain)).toBe('blue');
  });

  it('returns when that is undone, and the bypass does not', async () => {
    const [{ id }] = (await history('--operation', 'state.rollback', '--limit', '1')) as [Row];
    const undone = await stack.run('update', 'undo', '--operation', id);
    expect(undone.status, undone.stderr).toBe(0);
    expect(undone.stderr).toContain(`the bypass of ${domain} is not restored`);
    expect(await json('read', 'route', '--domain', domain)).toMatchObject({
      spec: { authPolicy: 'team' },
      status: { overlays: [] },
    });
    expect(await served(domain)).toBe(302);
  });
});

describe('the past', () => {
  it('is listed and read as it was', async () => {
    const [first] = (await history('--domain', 'shop.example.com')).slice(-1) as [Row];
    const routes = await json<object[]>('list', 'routes', '--at', String(first.sequence));
    expect(routes).toMatchObject([
      { spec: { domain: 'shop.example.com' }, status: { asOf: { sequence: first.sequence, at: first.at } } },
    ]);
    const at = ['--at', first.at];
    const read = await stack.run('read', 'route', '--domain', 'shop.example.com', ...at);
    expect(read.stdout).toContain(blue.address);
    expect(read.stderr).toContain(`as of commit ${first.sequence}, ${first.at}`);
    expect((await stack.run('read', 'route', '--domain', 'blog.example.com', ...at)).status).toBe(3);
    expect((await stack.run('read', 'upstream', '--name', 'pool', ...at)).status).toBe(3);
    expect(await json('list', 'upstreams', ...at)).toEqual([]);
    expect(await json('list', 'auth-policies', ...at)).toEqual([]);
  });

  it('never shows what failed', async () => {
    const rows = await history('--domain', 'new.example.com', '--operation', 'route.update');
    const update = rows.find(({ id, outcome }) => outcome === 'undone' && !id.startsWith('undo:'));
    const { spec } = await json<{ spec: { upstream: string } }>(
      'read', 'route', '--domain', 'new.example.com', '--at', String(update?.sequence),
    ); // prettier-ignore
    expect(spec.upstream).toBe(blue.address);
  });

  it('is compared field by field, and the exit code tells', async () => {
    const rows = await history();
    // The first commits are Hecate's own: the first operator, and its own credentials.
    const own = new Set(['operator.create', 'secret.register']);
    const [last, first] = [rows[0], rows.findLast(({ operation }) => !own.has(operation))];
    const diff = ['diff', '--from', String(first?.sequence)];
    expect(await json(...diff, '--to', String(first?.sequence), '--exit-code')).toMatchObject({ changes: [] });
    const differs = await stack.run(...diff, '--exit-code', '-o', 'json');
    expect(differs.status, differs.stderr).toBe(8);
    expect(JSON.parse(differs.stdout)).toMatchObject({
      from: { sequence: first?.sequence },
      to: { sequence: last?.sequence },
    });
    expect(differs.stdout).toContain('{"path":"headers.X-A","before":"1","after":"3"}');
    expect((await stack.run(...diff)).stdout).toContain('create Route blog.example.com');
  });

  it.each([
    [['list', 'routes', '--at', '2999-01-01'], 2, 'in the future'],
    [['list', 'routes', '--at', 'whenever'], 2, '--at "whenever"'],
    [['list', 'routes', '--at', '2001-01-01'], 3, 'the log begins at'],
    [['read', 'route', '--domain', 'shop.example.com', '--at', '99999'], 3, 'the log ends at'],
    [['update', 'rollback', '--to-timestamp', '2999-01-01T00:00:00Z'], 2, 'in the future'],
    [['update', 'rollback', '--to-timestamp', '20 years ago'], 2, '--to-timestamp "20 years ago"'],
    [['update', 'rollback', '--to-timestamp', '2001-01-01'], 3, 'the log begins at'],
    [['update', 'rollback'], 2, 'give either --to-timestamp or --to-commit'],
    [['update', 'undo', '--operation', 'abcdefgh'], 3, 'no commit abcdefgh'],
    [['history', '--resource', 'Rout/x'], 2, 'Did you mean Route?'],
    [['history', '--operation', 'update route'], 2, 'Did you mean route.update?'],
    [['create', 'upstream', '--name', 'x', '--servers', 'a:1', '--exit-code'], 2, '--dry-run'],
  ])('%j ends with %i and says why', async (args, code, text) => {
    const { status, stderr } = await stack.run(...args);
    expect(status, stderr).toBe(code);
    expect(stderr).toContain(text);
  });
});

describe('the history', () => {
  it('is filtered by who, what, which and when', async () => {
    const all = await history();
    expect(await history('--actor', 'eve')).toMatchObject([
      { actor: 'tester', onBehalfOf: 'eve', operation: 'route.update' },
    ]);
    const undos = await history('--operation', 'state.undo');
    expect(undos.every(({ operation }) => operation === 'state.undo')).toBe(true);
    const outcomes = ['refused', 'completed', 'refused', 'completed', 'completed'];
    expect(undos.map(({ outcome }) => outcome)).toEqual(outcomes);
    const pool = await history('--resource', 'Upstream/pool');
    expect(pool.every(({ changes }) => JSON.stringify(changes).includes('"Upstream"'))).toBe(true);
    const [middle] = undos.slice(-1) as [Row];
    const [from, to] = await Promise.all([history('--from', middle.at), history('--to', String(middle.sequence))]);
    expect(from.at(-1)).toEqual(middle);
    expect(to[0]).toEqual(middle);
    expect(from.length + to.length).toBe(all.length + 1);
    expect(await history('--from', '2h ago', '--limit', '2')).toHaveLength(2);
  });
});
