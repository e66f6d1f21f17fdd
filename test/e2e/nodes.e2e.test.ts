import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, startStack, startUpstream, type TestStack } from './stack.js';

let upstream: Awaited<ReturnType<typeof startUpstream>>;

beforeAll(async () => {
  upstream = await startUpstream('up');
});
afterAll(() => upstream.close());

/** The other lanes run on the oldest version that is supported. */
describe.each(['22', '24'])('on Node.js %s', (version) => {
  const node = join(import.meta.dirname, `../nodes/node_modules/node-${version}-${process.arch}/bin/node`);
  const domain = 'app.example.com';
  let stack: TestStack;

  beforeAll(() => {
    stack = startStack({}, node);
  });
  afterAll(() => stack.stop());

  it('every program of the stack runs on it', () => {
    for (const name of ['worker', 'authentik']) {
      expect(realpathSync(`/proc/${stack.pidOf(name)}/exe`), name).toBe(realpathSync(node));
    }
  });

  it('a route is created, changed and served', async () => {
    const created = await stack.run('create', 'route', '--domain', domain, '--upstream', upstream.address);
    expect(created.status, created.stderr).toBe(0);
    const updated = await stack.run('update', 'route', '--domain', domain, '--headers', 'X-Tried=yes');
    expect(updated.status, updated.stderr).toBe(0);
    expect((await stack.get(domain)).body).toContain('"x-tried":"yes"');
  });

  it('a change that Caddy refuses is undone, and the history tells both', async () => {
    const refused = await stack.run('create', 'route', '--domain', 'xn--0.example.com', '--upstream', upstream.address);
    expect(refused.status).toBe(1);
    const { stdout } = await stack.run('history', '--domain', 'xn--0.example.com', '-o', 'json');
    const [undo, commit] = JSON.parse(stdout) as { id: string; outcome: string }[];
    expect(commit?.outcome).toBe('undone');
    expect(undo?.id).toBe(`undo:${commit?.id}`);
  });

  it('an operation is taken back, and the stack stops', async () => {
    const { stdout } = await stack.run('history', '--domain', domain, '-o', 'json');
    const [update] = JSON.parse(stdout) as { id: string }[];
    const undone = await stack.run('update', 'undo', '--operation', update?.id ?? '');
    expect(undone.status, undone.stderr).toBe(0);
    await eventually(
      () => stack.get(domain),
      ({ status, body }) => status === 200 && !body.includes('x-tried'),
    );
    const down = await stack.run('down');
    expect(down.status, down.stderr).toBe(0);
  });
});
