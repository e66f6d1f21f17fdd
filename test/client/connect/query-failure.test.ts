import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { queryFailure } from '../../../src/client/connect/temporal-client.js';

const failed = (cause: Error) => new WorkflowFailedError('x', cause, 'NON_RETRYABLE_FAILURE');

describe('a question without an answer', () => {
  it('is unavailable when no worker took it up', () => {
    const failure = queryFailure(failed(new TimeoutFailure('x', undefined, 'START_TO_CLOSE')));
    expect(failure).toMatchObject({ kind: 'unavailable', message: 'no worker answered within 60s' });
  });

  it('is unavailable in the words of what the worker ran into', () => {
    const failure = queryFailure(failed(ApplicationFailure.nonRetryable('caddy does not answer', 'unavailable')));
    expect(failure).toMatchObject({ kind: 'unavailable', message: 'caddy does not answer' });
  });

  it('is a bug of ours when it is neither', () => {
    const error = new TypeError('x');
    expect(queryFailure(error)).toBe(error);
  });
});
