import { ApplicationFailure } from '@temporalio/workflow';
import { firstCause } from '../error-reason.js';
import type { OperationRequest, Plan } from '../contracts/plan.js';
import type { OperationResult } from '../contracts/operation.js';

/** Returns the plan's changes in the form that a result has. */
export function changesOf({ changes, changeCount }: Plan): Pick<OperationResult, 'changes' | 'changeCount'> {
  return { changes, ...(changeCount === undefined ? {} : { changeCount }) };
}

/** Returns a result without changes, commit and warnings. */
export function nothingDone(request: OperationRequest): Omit<OperationResult, 'result'> {
  return { id: request.id, detail: null, refusal: null, warnings: [], behind: [], sequence: null, changes: [] };
}

/** Returns the failure that ends a workflow with this result: its type is the result, its first detail all of it. */
export function failed(result: OperationResult): ApplicationFailure {
  return ApplicationFailure.nonRetryable(result.detail ?? result.result, result.result, result);
}

/** Returns a refusal when an operation was undone because a system was unreachable or denied access, since these have exit codes of their own; otherwise null. */
export function refusalOf(cause: unknown, message: string): OperationResult['refusal'] {
  const root = firstCause(cause);
  const type = root instanceof ApplicationFailure ? root.type : undefined;
  if (type !== 'unavailable' && type !== 'denied') return null;
  return { kind: type, code: `system-${type}`, message };
}

/** A sentence, with the systems that could not be reached and will be updated later. */
export function behindText(text: string, behind: readonly string[]): string {
  if (behind.length === 0) return text;
  const [they, answer] = behind.length === 1 ? ['it', 'it answers'] : ['they', 'they answer'];
  return `${text}; not updated yet (unreachable): ${behind.join(', ')}; ${they} will be when ${answer}`;
}
