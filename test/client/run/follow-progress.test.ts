import type { WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { expect, it, vi } from 'vitest';
import { showProgress } from '../../../src/client/run/follow-progress.js';
import { createProgressOutput } from '../../../src/client/print/progress-output.js';
import type { Progress } from '../../../src/workflows/contracts/operation.js';

/** An operation whose progress is this, and whose activities were tried and failed like that. */
function operation(
  progress: () => Promise<Progress>,
  pending: { own?: string; identity?: string; progress?: object } = {},
) {
  const describing = (name: string, message?: string, heartbeat?: object) => async () => {
    const lastFailure = message === undefined ? null : { message };
    const heartbeatDetails = heartbeat ? { payloads: [defaultPayloadConverter.toPayload(heartbeat)] } : null;
    return { raw: { pendingActivities: [{ activityType: { name }, lastFailure, heartbeatDetails }] } };
  };
  const client = {
    withDeadline: (_deadline: number, run: () => Promise<void>) => run(),
    getHandle: () => ({ describe: describing('applyIdentity', pending.identity, pending.progress) }),
  };
  return {
    client,
    query: progress,
    describe: describing('convergeIdentity', pending.own),
  } as unknown as WorkflowHandle;
}

function listening(isTTY: boolean) {
  const written: string[] = [];
  const write = (text: string) => written.push(text) > 0;
  return { written, output: createProgressOutput({ isTTY, columns: 40, write }) };
}

/** Ends when so many looks were made, the last of them to its end. */
async function lookedTimes(look: ReturnType<typeof vi.fn>, count: number): Promise<void> {
  await vi.waitFor(() => expect(look.mock.calls.length).toBeGreaterThan(count), { timeout: 10_000 });
}

const done: Progress = { step: 'verifying', lines: ['planned 1 change', 'committed as 7'] };

it('writes each step once, a line each', async () => {
  const { written, output } = listening(false);
  const look = vi.fn(async () => done);
  const progress = showProgress(operation(look), output);
  await lookedTimes(look, 3);
  await progress.stop();
  expect(written).toEqual(['· planned 1 change\n', '· committed as 7\n']);
});

it('keeps the lines of finished steps on a terminal, and rewrites the line of the running one, no wider than that', async () => {
  const { written, output } = listening(true);
  const progress = showProgress(
    operation(async () => done),
    output,
  );
  await vi.waitFor(() => expect(written.at(-1)).toContain('verifying …'));
  await progress.stop();
  expect(written.slice(0, 2)).toEqual(['· planned 1 change\n', '· committed as 7\n']);
  expect(written.at(-1)).toBe('\r\x1b[2K');
});

it('prints every line of an operation that ended before the first look, from its result or from a last query', async () => {
  for (const lines of [done.lines, undefined]) {
    const { written, output } = listening(false);
    const progress = showProgress(
      operation(async () => done),
      output,
    );
    await progress.stop(lines);
    await progress.stop([]);
    expect(written).toEqual(['· planned 1 change\n', '· committed as 7\n']);
  }
});

it('takes a terminal that says no width for a usual one', () => {
  const written: string[] = [];
  const write = (text: string) => written.push(text) > 0;
  createProgressOutput({ isTTY: true, columns: 0, write }).present('committed as 7');
  expect(written).toEqual(['\r\x1b[2K· committed as 7']);
});

it.each([
  ['its own step', { own: 'caddy does not answer' }, 'caddy does not answer; trying again'],
  ['a killed worker', { own: 'activity Heartbeat timeout' }, 'the worker stopped answering; trying again'],
  ['the writer to authentik', { identity: 'authentik does not answer' }, 'authentik does not answer; trying again'],
])('says once that %s is tried again', async (_what, pending, line) => {
  const { written, output } = listening(false);
  const look = vi.fn(async (): Promise<Progress> => ({ step: 'converging', lines: [] }));
  const progress = showProgress(operation(look, pending), output);
  await vi.waitFor(() => expect(written).toContain(`· ${line}\n`), { timeout: 10_000 });
  // Failures are asked for at every fourth look.
  await lookedTimes(look, look.mock.calls.length + 5);
  await progress.stop();
  expect(written.filter((text) => text.includes(line))).toHaveLength(1);
});

it('shows how many hosts the writer to authentik has written', async () => {
  const { written, output } = listening(true);
  const step: Progress = { step: 'converging', lines: [] };
  const progress = showProgress(
    operation(async () => step, { progress: { done: 12, total: 32 } }),
    output,
  );
  await vi.waitFor(() => expect(written.join('')).toContain('converging: 12 of 32 hosts …'), { timeout: 10_000 });
  await progress.stop();
});

it('stops only when a look under way has ended, since that uses the connection', async () => {
  let end: () => void = () => undefined;
  const looking = new Promise<Progress>((resolve) => (end = () => resolve(done)));
  const query = vi.fn(() => looking);
  const progress = showProgress(operation(query), listening(false).output);
  await vi.waitFor(() => expect(query).toHaveBeenCalled());
  let stopped = false;
  const stopping = progress.stop().then(() => (stopped = true));
  // All that does not wait for the look has run by then.
  await new Promise((resolve) => setImmediate(resolve));
  expect(stopped).toBe(false);
  end();
  await stopping;
});

it('gives up with exit 6 and a way on when no worker answers for long', async () => {
  const { output } = listening(false);
  const silent = { ...operation(() => Promise.reject(new Error('no answer'))), workflowId: 'route.create/a/b' };
  const progress = showProgress(silent as never, output, output, 1);
  await expect(progress.unanswered).rejects.toMatchObject({
    kind: 'unavailable',
    message: expect.stringContaining('route.create/a/b waits and goes on when one runs') as string,
    details: { hint: expect.stringContaining('hecate follow route.create/a/b') as string },
  });
  await progress.stop();
});

it('waits on while a worker answers, however long the operation takes', async () => {
  const { output } = listening(false);
  const look = vi.fn(async () => done);
  const progress = showProgress(operation(look), output, output, 1_000);
  await lookedTimes(look, 8);
  await progress.stop();
  const undecided = Symbol('undecided');
  await expect(Promise.race([progress.unanswered, Promise.resolve(undecided)])).resolves.toBe(undecided);
});
