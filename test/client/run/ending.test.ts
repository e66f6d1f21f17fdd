import { WorkflowFailedError, WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import { ActivityFailure, ApplicationFailure, RetryState, TimeoutFailure } from '@temporalio/common';
import { describe, expect, it, vi } from 'vitest';
import { endingOf } from '../../../src/client/run/ending.js';
import { report } from '../../../src/client/print/error-output.js';
import { Failure } from '../../../src/ports/failure.js';
import type { ErrorKind } from '../../../src/domain/refusal.js';

const endsBy = (error: unknown) =>
  ({ workflowId: 'route.create/a/b', result: () => Promise.reject(error) }) as unknown as WorkflowHandle;

function failed(result: string, kind?: ErrorKind): WorkflowFailedError {
  const refusal = kind ? { kind, code: 'x', message: 'x' } : null;
  const cause = ApplicationFailure.nonRetryable('x', result, { result, refusal });
  return new WorkflowFailedError('x', cause, 'NON_RETRYABLE_FAILURE');
}

describe('an ending', () => {
  it.each([
    ['refused', 'invalid', 2],
    ['refused', 'missing', 3],
    ['refused', 'conflict', 4],
    ['refused', 'denied', 5],
    ['refused', 'unavailable', 6],
    ['undone', undefined, 1],
    ['undone', 'unavailable', 6],
    ['stuck', undefined, 7],
  ] as const)('%s (%s) has exit code %i', async (result, kind, code) => {
    expect((await endingOf(endsBy(failed(result, kind)))).exitCode).toBe(code);
  });

  it('of an operation nobody knows is missing, not a lost Temporal', async () => {
    const unknown = endsBy(new WorkflowNotFoundError('x', 'route.create/a/b', undefined));
    await expect(endingOf(unknown)).rejects.toMatchObject({ kind: 'missing' });
  });

  it.each([
    [ApplicationFailure.nonRetryable('t.x is not a function', 'bug'), Error, 70],
    [ApplicationFailure.create({ message: 'odd', type: 'RangeError' }), Error, 70],
    [new TimeoutFailure('activity StartToClose timeout', undefined, 'START_TO_CLOSE'), Failure, 6],
    [ApplicationFailure.nonRetryable('no answer', 'unavailable', null), Failure, 6],
  ] as const)('by a step that failed with %s is an error of its own', async (cause, type, code) => {
    const step = new ActivityFailure('x', 'planOperation', '1', RetryState.NON_RETRYABLE_FAILURE, 'w', cause);
    const ended = endingOf(endsBy(new WorkflowFailedError('x', step, 'NON_RETRYABLE_FAILURE')));
    const error: unknown = await ended.catch((one: unknown) => one);
    expect(error).toBeInstanceOf(type);
    expect((error as Error).message).toContain(cause.message);
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(report(error)).toBe(code);
    vi.restoreAllMocks();
  });

  it('that cannot be learned says how to follow', async () => {
    await expect(endingOf(endsBy(new Error('gone')))).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
