import { ActivityExecutionFailedError, ServiceError, type Client } from '@temporalio/client';
import { ApplicationFailure, TimeoutFailure, TimeoutType } from '@temporalio/common';
import { expect, it, vi } from 'vitest';
import { askWorker } from '../../../src/client/run/ask-worker.js';

const question = {
  id: 'inspect/routes/a',
  activity: 'inspectRoutes',
  workflow: 'inspectHealth',
  args: [],
  summary: 's',
};

/** Asks a Temporal whose standalone activities end like this. Its workflows answer. */
function ask(activity: () => Promise<unknown>): Promise<unknown> {
  const client = { activity: { execute: activity }, workflow: { execute: async () => 'by a workflow' } };
  return askWorker(client as unknown as Client, 'hecate', question);
}

function failed(cause: Error): () => Promise<never> {
  return () => Promise.reject(new ActivityExecutionFailedError('it failed', cause, 'a'));
}

it('asks a worker by a standalone activity', async () => {
  await expect(ask(async () => 'by an activity')).resolves.toBe('by an activity');
});

it('asks by a workflow where the server has no standalone activities', async () => {
  const unimplemented = Object.assign(new Error('Standalone activity is disabled'), { code: 12 });
  const error = new ServiceError('Failed to start activity', { cause: unimplemented });
  await expect(ask(() => Promise.reject(error))).resolves.toBe('by a workflow');
});

it('asks by a workflow where the worker is older and does not know the activity', async () => {
  await expect(ask(failed(ApplicationFailure.create({ type: 'NotFoundError' })))).resolves.toBe('by a workflow');
});

it('is unavailable when no worker takes the question up', async () => {
  const timeout = new TimeoutFailure('nobody', undefined, TimeoutType.SCHEDULE_TO_CLOSE);
  await expect(ask(failed(timeout))).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringContaining('60s') as string }); // prettier-ignore
});

it('throws what the worker ran into, with its kind and its way out', async () => {
  const cause = ApplicationFailure.create({ type: 'denied', message: 'vault refuses', details: ['Renew the token.'] });
  await expect(ask(failed(cause))).rejects.toMatchObject({ kind: 'denied', details: { hint: 'Renew the token.' } });
});

it.each([
  [
    'says so when no worker has taken the question up',
    'SCHEDULED',
    ['· no worker has answered for 3 s (see: hecate status)\n'],
  ],
  ['says nothing while a worker works on it', 'STARTED', []],
])('%s', async (_title, runState, lines) => {
  vi.useFakeTimers();
  const written: string[] = [];
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  let answer: (value: string) => void = () => undefined;
  const execute = () => new Promise((resolve) => (answer = resolve));
  const activity = { execute, getHandle: () => ({ describe: () => Promise.resolve({ runState }) }) };
  const asked = askWorker({ activity } as unknown as Client, 'hecate', question);
  await vi.advanceTimersByTimeAsync(10_000);
  answer('slow');
  await expect(asked).resolves.toBe('slow');
  stderr.mockRestore();
  vi.useRealTimers();
  expect(written).toEqual(lines);
});
