import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection, isGrpcServiceError } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentPrefix } from '../../src/domain/values/environment-name.js';
import { homeLayout } from '../../src/stack/home-layout.js';
import { eventually } from '../contracts/proxy-caddy.js';
import { expectForgedOlderHasNoEffect } from './forged-older.js';
import { startStack, type TestStack } from './stack.js';

/** Homes of older versions, stopped in the middle of their work; see scripts/save-home.mjs. */
const folder = join(import.meta.dirname, '../replay/homes');
/** The addresses that the saved routes have: their own upstream, and their canaries'. */
const [STABLE, CANARY] = ['127.83.0.1:8080', '127.83.0.2:8080'] as const;
const upstreams: Server[] = [];

beforeAll(() => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  for (const address of [STABLE, CANARY]) {
    const [host, port] = address.split(':');
    upstreams.push(createServer((_, response) => response.end(address)).listen(Number(port), host));
  }
});
afterAll(() => {
  for (const one of upstreams) one.close();
});

/** The code of gRPC. */
const NOT_FOUND = 5;

/** Temporal deletes what ended long before the home was saved, soon after it starts again, and lists it for a while. */
async function historyUnlessDeleted(client: Client, workflowId: string, runId: string) {
  try {
    return await client.workflow.getHandle(workflowId, runId).fetchHistory();
  } catch (error) {
    if (!isGrpcServiceError(error) || Number(error.code) !== NOT_FOUND) throw error;
    return null;
  }
}

describe.each(readdirSync(folder))('the first start of %s', (file) => {
  let stack: TestStack;
  let prefix: string;

  beforeAll(() => {
    const home = mkdtempSync(join(tmpdir(), 'hecate-e2e-'));
    execFileSync('tar', ['-C', home, '-xzf', join(folder, file)]);
    stack = startStack({ HECATE_HOME: home });
    prefix = environmentPrefix(readFileSync(homeLayout(home).logId, 'utf8').trim());
  }, 120_000);
  afterAll(() => stack?.stop());

  async function done(...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await stack.run(...args);
    expect(status, stderr).toBe(0);
    return stdout;
  }

  async function json<T = Record<string, unknown>>(...args: string[]): Promise<T> {
    return JSON.parse(await done(...args, '-o', 'json')) as T;
  }

  async function inTemporal<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const connection = await Connection.connect({ address: stack.status.temporal.address });
    try {
      return await work(new Client({ connection }));
    } finally {
      await connection.close();
    }
  }

  it('serves the routes, and makes the first operator', async () => {
    for (const name of ['manual', 'steps']) expect((await stack.get(`${name}.example.com`)).body).toMatch(/^127\.83/);
    expect(await done('read', 'operator')).toContain('admin');
    expect(await done('status')).not.toMatch(/hung|failed/);
  });

  it('takes a canary along, which goes on and is promoted on command', async () => {
    expect(await json('read', 'canary', '--domain', 'manual.example.com')).toMatchObject({ spec: { percentage: 20 } });
    await done('update', 'route', '--domain', 'manual.example.com', '--canary-percentage', '50');
    await done('update', 'route', '--domain', 'manual.example.com', '--promote-canary');
    expect((await stack.get('manual.example.com')).body).toBe(CANARY);
  });

  it('goes on with the steps of a canary whose time came meanwhile', async () => {
    await eventually(async () => {
      const { spec } = await json<{ spec: object }>('read', 'canary', '--domain', 'steps.example.com');
      return JSON.stringify(spec).includes('"percentage":100');
    });
    await done('update', 'route', '--domain', 'steps.example.com', '--rollback-canary');
    expect((await stack.get('steps.example.com')).body).toBe(STABLE);
  });

  it('ends a bypass whose time came meanwhile', async () => {
    await eventually(async () => (await stack.get('open.example.com')).status === 302);
    const [last] = await json<{ reason: string }[]>('history', '--domain', 'open.example.com', '--limit', '1');
    expect(last).toMatchObject({ operation: 'route.bypass', actor: 'hecate', outcome: 'completed' });
    expect(last?.reason).toMatch(/^the bypass ended at/);
    expect(await json('read', 'route', '--domain', 'open.example.com')).toMatchObject({ status: { overlays: [] } });
  });

  it('takes the schedules into the log, runs one at its time and leaves the paused one alone', async () => {
    expect(await json('list', 'schedules')).toMatchObject([
      { metadata: { name: 'often' }, spec: { every: '10s', component: 'all' }, status: { state: 'running' } },
      {
        metadata: { name: 'resting' },
        spec: { every: '10s', component: 'routes' },
        status: { state: 'paused', lastRun: null, note: file.includes('0.4') ? null : 'ada: saved' },
      },
    ]);
    expect(await json('list', 'schedules', '--at', '1')).toEqual([]);
    expect(await done('history', '--resource', 'Schedule/often')).toContain('taken over from temporal');
    await inTemporal((client) =>
      eventually(async () => {
        for await (const one of client.workflow.list({ query: "WorkflowType = 'scheduledReconcile'" }))
          if (one.workflowId.startsWith(`${prefix}/`) && one.status.name === 'COMPLETED') return true;
        return false;
      }),
    );
    await done('update', 'schedule', '--name', 'often', '--every', '1h');
    await done('delete', 'schedule', '--name', 'resting');
  });

  it('has a log that an auditor finds whole, from the first message of the older version on', async () => {
    await done('audit', 'checkpoint');
    const keyFile = join(stack.home, 'notary.pub');
    writeFileSync(keyFile, await done('audit', 'key'));
    const report = await json<{ covered: { size: number }; commits: number }>('audit', 'verify', '--key', keyFile);
    expect(report).toMatchObject({ signatures: 'verified', fault: null });
    const lines = (await done('audit')).trimEnd().split('\n');
    const first = JSON.parse(lines[0] ?? '') as object;
    expect(first).toMatchObject({ provenBy: 'not-recorded', key: null });
    expect(report.commits).toBeGreaterThan(5);
    expect(report.covered.size).toBeGreaterThan(report.commits);
  });

  it('records the operation that the older worker had not begun', async () => {
    const late = await json('history', '--domain', 'late.example.com', '--all');
    expect(late).toMatchObject([{ operation: 'route.create', outcome: 'cancelled' }]);
    expect(late).toMatchObject([{ actor: expect.stringMatching(/^unverified: /) as string }]);
    expect((await stack.run('read', 'route', '--domain', 'late.example.com')).status).toBe(3);
  });

  it('leaves no name of the older version that runs or starts something', async () => {
    await inTemporal(async (client) => {
      const running: string[] = [];
      for await (const { workflowId } of client.workflow.list({ query: "ExecutionStatus = 'Running'" }))
        running.push(workflowId);
      expect(running.filter((id) => !id.startsWith(`${prefix}/`))).toEqual([]);
      const schedules: string[] = [];
      for await (const { scheduleId } of client.schedule.list()) schedules.push(scheduleId);
      expect(schedules.every((id) => id.startsWith(`${prefix}/`))).toBe(true);
    });
  });

  it('replays every history of the older version', async () => {
    const workflowsPath = join(import.meta.dirname, '../../src/workflows/index.ts');
    const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
    await inTemporal(async (client) => {
      const replayed: string[] = [];
      for await (const { workflowId, runId } of client.workflow.list()) {
        if (workflowId.startsWith(`${prefix}/`)) continue;
        const history = await historyUnlessDeleted(client, workflowId, runId);
        if (history === null) continue;
        // Ended before its first step was complete, it has nothing that a replay could compare.
        if (history.events?.some(({ workflowTaskCompletedEventAttributes: done }) => done != null) !== true) continue;
        await expect(Worker.runReplayHistory({ workflowBundle }, history, workflowId), workflowId).resolves.toBeUndefined(); // prettier-ignore
        replayed.push(workflowId);
      }
      expect(replayed).toEqual(expect.arrayContaining(['canary/manual.example.com', 'bypass/open.example.com']));
    });
  }, 120_000);

  it('is the only take-over: what somebody makes later in Temporal has no effect at a restart', async () => {
    await expectForgedOlderHasNoEffect(stack);
    const [end] = await json<object[]>('history', '--operation', 'state.take-over');
    expect(end).toMatchObject({ actor: 'hecate', outcome: 'completed' });
    expect(JSON.stringify(end)).toContain('took schedule often from temporal into the log: every 10s --component all');
  }, 120_000);
});
