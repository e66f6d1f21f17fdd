import { WorkflowFailedError, WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure } from '@temporalio/common';
import { exitCodeOf } from '../../domain/refusal.js';
import { Failure } from '../../ports/failure.js';
import { unknownOperation } from './find-operation.js';
import { failureWords } from '../connect/temporal-client.js';
import type { OperationResult } from '../../workflows/contracts/operation.js';

/** How a followed operation ended: its result and the exit code that says so. */
export interface Ending {
  readonly result: OperationResult;
  readonly exitCode: number;
}

/** Waits for the end of an operation. Its refusal, undo or being stuck is an ending, not an error; a lost Temporal is `unavailable`. */
export async function endingOf(handle: WorkflowHandle): Promise<Ending> {
  try {
    const result = (await handle.result()) as OperationResult;
    return { result, exitCode: 0 };
  } catch (error) {
    const result = resultOf(error);
    if (result) return { result, exitCode: exitCode(result) };
    if (error instanceof WorkflowNotFoundError) throw unknownOperation(handle.workflowId);
    if (!(error instanceof WorkflowFailedError)) {
      throw new Failure('unavailable', `temporal was lost while ${handle.workflowId} ran; it goes on`, {
        hint: `Follow it: hecate follow ${handle.workflowId}`,
        cause: error,
      });
    }
    throw failureWords(error);
  }
}

function resultOf(error: unknown): OperationResult | null {
  if (!(error instanceof WorkflowFailedError)) return null;
  const { cause } = error;
  if (cause instanceof ApplicationFailure) return (cause.details?.[0] as OperationResult | undefined) ?? null;
  const nothing = { id: '', refusal: null, warnings: [], behind: [], sequence: null, changes: [] };
  if (cause instanceof CancelledFailure)
    return { ...nothing, result: 'undone', detail: 'cancelled; nothing of it is in force' };
  if (cause instanceof TerminatedFailure) {
    return {
      ...nothing,
      result: 'stuck',
      detail: 'its workflow was terminated from outside; the next operation on the same resource settles it',
    };
  }
  return null;
}

function exitCode({ result, refusal }: OperationResult): number {
  switch (result) {
    case 'completed':
    case 'unchanged':
      return 0;
    case 'refused':
      return refusal ? exitCodeOf(refusal.kind) : 70;
    case 'undone':
      return refusal ? exitCodeOf(refusal.kind) : 1;
    case 'stuck':
      return 7;
  }
}
