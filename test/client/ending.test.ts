import { WorkflowFailedError, WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { endingOf } from '../../src/client/ending.js';
import type { ErrorKind } from '../../src/domain/refusal.js';

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

  it('that cannot be learned says how to follow', async () => {
    await expect(endingOf(endsBy(new Error('gone')))).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
