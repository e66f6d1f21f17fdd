import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { expect, it, vi } from 'vitest';
import { createRunningOperations } from '../../../src/adapters/temporal/running-operations.js';

function given(described: object | Error) {
  const terminate = vi.fn(async () => undefined);
  const describe = async () => {
    if (described instanceof Error) throw described;
    return { runId: 'run-1', ...described };
  };
  const getHandle = vi.fn(() => ({ describe, terminate }));
  const running = createRunningOperations({ workflow: { getHandle } } as unknown as Client, 'hecate-1a2b3c4d');
  return { running, terminate, getHandle };
}

it.each([
  ['one on our queue', { status: { name: 'RUNNING' }, taskQueue: 'hecate-1a2b3c4d' }, true],
  ['one that has ended', { status: { name: 'COMPLETED' }, taskQueue: 'hecate-1a2b3c4d' }, false],
  ['one that ended on another queue', { status: { name: 'TERMINATED' }, taskQueue: 'x' }, false],
  ['one that Temporal does not know', new WorkflowNotFoundError('x', 'a', undefined), false],
])('%s: running is %j', async (_, described, isRunning) => {
  const { running, terminate } = given(described);
  expect(await running.isRunning('a')).toBe(isRunning);
  expect(terminate).not.toHaveBeenCalled();
});

it('ends a workflow of somebody else that has the id of an operation, and counts it as not running', async () => {
  const { running, terminate, getHandle } = given({ status: { name: 'RUNNING' }, taskQueue: 'mallory' });
  expect(await running.isRunning('a')).toBe(false);
  expect(getHandle).toHaveBeenLastCalledWith('a', 'run-1');
  expect(terminate).toHaveBeenCalledOnce();
});

it('does not answer for a Temporal that does not', async () => {
  await expect(given(new Error('gone')).running.isRunning('a')).rejects.toMatchObject({ kind: 'unavailable' });
});
