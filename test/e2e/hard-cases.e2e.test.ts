import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, startStack, startUpstream, type TestStack } from './stack.js';

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

const create = (domain: string) => stack.run('create', 'route', '--domain', domain, '--upstream', upstream.address);

describe('a configuration that Caddy refuses', () => {
  it('is undone, both commits are in the log, and no other operation fails for it', async () => {
    // Our rules let these pass; Caddy 2.11 says "idna: invalid label".
    const bad = ['xn--0.example.com', 'xn--0.example.org'];
    const good = Array.from({ length: 6 }, (_, i) => `good-${i}.example.com`);
    const results = await Promise.all([...good, ...bad].map(create));
    expect(results.map((result) => result.status)).toEqual([...good.map(() => 0), ...bad.map(() => 1)]);
    expect(results.at(-1)?.stderr).toContain('refused');
    for (const domain of good) expect((await stack.get(domain)).status).toBe(200);
    for (const domain of bad) {
      const { stdout } = await stack.run('history', '--all', '--domain', domain, '-o', 'json');
      const [undo, commit] = JSON.parse(stdout) as { id: string; outcome: string }[];
      expect(commit?.outcome).toBe('undone');
      expect(undo?.id).toBe(`undo:${commit?.id}`);
    }
  });
});

describe('an operation that is cancelled', () => {
  it('leaves nothing behind', async () => {
    const thaw = stack.freeze('worker');
    const args = ['--domain', 'cancelled.example.com', '--upstream', upstream.address, '--no-wait', '-o', 'json'];
    const started = await stack.run('create', 'route', ...args);
    const { workflowId } = JSON.parse(started.stdout) as { workflowId: string };
    const cancelling = stack.run('cancel', workflowId);
    const connection = await Connection.connect({ address: stack.status.temporal.address });
    await eventually(
      () => new Client({ connection }).workflow.getHandle(workflowId).describe(),
      ({ raw }) => raw.workflowExtendedInfo?.cancelRequested === true,
    );
    await connection.close();
    expect((await stack.run('follow', 'nothing-like-it')).status).toBe(3);
    thaw();
    const cancelled = await cancelling;
    expect(cancelled.status, cancelled.stderr).toBe(0);
    expect((await stack.get('cancelled.example.com')).status).toBe(404);
    expect((await stack.run('cancel', workflowId)).status).toBe(4);
  });
});

describe('a log that was lost or restored under a running Caddy', () => {
  it('loses no route, calls nothing done, and goes on with the log that belongs to it', async () => {
    const data = join(stack.home, 'nats');
    const saved = `${stack.home}-saved`;
    const older = `${stack.home}-older`;
    const replaceWith = async (source: string | null) => {
      const before = stack.pidOf('nats');
      process.kill(before, 'SIGKILL');
      rmSync(join(data, 'data'), { recursive: true, force: true });
      if (source !== null) cpSync(source, join(data, 'data'), { recursive: true });
      await eventually(
        () => stack.status.components.length > 0 && stack.pidOf('nats'),
        (pid) => pid !== false && pid !== before,
      );
    };
    const copy = async (target: string) => {
      cpSync(join(data, 'data'), target, { recursive: true });
    };
    try {
      await copy(older);
      expect((await create('later.example.com')).status).toBe(0);
      await copy(saved);

      for (const source of [null, older]) {
        await replaceWith(source);
        const refused = await eventually(
          () => create('lost.example.com'),
          (result) => result.status !== 6,
        );
        expect(refused.status, refused.stderr).toBe(7);
        expect((await stack.get('later.example.com')).status).toBe(200);
        expect((await stack.get('good-0.example.com')).status).toBe(200);
        const { status, stderr } = await stack.run('status');
        expect(status, stderr).toBe(7);
      }

      // Nor when nothing but the home remembers: Caddy has forgotten what it served.
      const caddy = stack.pidOf('caddy');
      process.kill(caddy, 'SIGKILL');
      await eventually(
        () => stack.pidOf('caddy'),
        (pid) => pid !== caddy,
      );
      const forgotten = await eventually(
        () => create('forgotten.example.com'),
        (result) => result.status !== 6,
      );
      expect(forgotten.status, forgotten.stderr).toBe(7);
      expect(forgotten.stderr).toContain('hint: Restore the data of NATS');
      expect((await stack.run('up', '--ports', 'auto')).status).toBe(7);
      await replaceWith(null);
      expect(
        await eventually(
          () => stack.run('list', 'routes'),
          ({ status }) => status !== 6,
        ),
      ).toMatchObject({ status: 7 });

      await replaceWith(saved);
      const done = await eventually(
        () => create('again.example.com'),
        (result) => result.status !== 6,
      );
      expect(done.status, done.stderr).toBe(0);
    } finally {
      for (const folder of [saved, older]) rmSync(folder, { recursive: true, force: true });
    }
  });
});
