import { WorkflowFailedError, WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure } from '@temporalio/common';
import { exitCodeOf } from '../../domain/refusal.js';
import { withoutPrefix } from '../../domain/values/environment-name.js';
import { Failure } from '../../ports/failure.js';
import { unknownOperation } from './find-operation.js';
import { shortIdOf } from './operation-id.js';
import { throughRestart } from '../connect/restarting-temporal.js';
import { failureWords } from '../connect/temporal-client.js';
import type { OperationResult } from '../../workflows/contracts/operation.js';

/** Time (ms) that a followed operation gives Temporal to come back. */
const RECONNECT_MS = 30_000;

/** Detail of an operation whose workflow was terminated. */
export const TERMINATED =
  'its workflow was terminated; the next operation on the same resource completes or undoes the change';

/** The end of a followed operation: its result, and the exit code for it. */
export interface Ending {
  readonly result: OperationResult;
  readonly exitCode: number;
}

/**
 * Waits for the end of an operation. Refused, undone and stuck are endings. Throws `missing` for an unknown operation and
 * `unavailable` when Temporal does not answer for `patienceMs`, which lets it restart.
 */
export async function endingOf(handle: WorkflowHandle, patienceMs = RECONNECT_MS): Promise<Ending> {
  try {
    const result = (await throughRestart(() => handle.result(), patienceMs)) as OperationResult;
    return { result, exitCode: 0 };
  } catch (error) {
    const result = resultOf(error, shortIdOf(handle));
    if (result) return { result, exitCode: exitCode(result) };
    if (error instanceof WorkflowNotFoundError) throw unknownOperation(withoutPrefix(handle.workflowId));
    if (!(error instanceof WorkflowFailedError)) {
      throw new Failure(
        'unavailable',
        `lost the connection to temporal; operation ${shortIdOf(handle)} continues in the background`,
        {
          hint: `Follow it: hecate follow ${withoutPrefix(handle.workflowId)}`,
          cause: error,
        },
      );
    }
    throw failureWords(error);
  }
}

function resultOf(error: unknown, id: string): OperationResult | null {
  if (!(error instanceof WorkflowFailedError)) return null;
  const { cause } = error;
  if (cause instanceof ApplicationFailure) return (cause.details?.[0] as OperationResult | undefined) ?? null;
  const nothing = { id, refusal: null, warnings: [], behind: [], sequence: null, changes: [] };
  if (cause instanceof CancelledFailure)
    return { ...nothing, result: 'undone', detail: 'cancelled; whatever it had changed was undone' };
  if (cause instanceof TerminatedFailure) {
    return {
      ...nothing,
      result: 'stuck',
      detail: TERMINATED,
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
