import { WorkflowFailedError } from '@temporalio/client';
import { TimeoutFailure } from '@temporalio/common';
import { Failure } from '../ports/failure.js';
import { failureWords } from './connect/temporal-client.js';

/** How long a worker may take over a question that changes nothing. */
export const QUESTION_TIMEOUT = '60s';

/** Why a question to the worker has no answer: nobody took it up in time, or what the worker ran into. Other errors stay what they are. */
export function unanswered(error: unknown): unknown {
  if (!(error instanceof WorkflowFailedError)) return error;
  const { cause } = error;
  if (cause instanceof TimeoutFailure) {
    return new Failure('unavailable', `no worker answered within ${QUESTION_TIMEOUT}`, {
      hint: 'Look at: hecate status',
    });
  }
  return failureWords(error);
}
