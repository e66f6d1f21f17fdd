import { ApplicationFailure } from '@temporalio/workflow';
import { firstCause } from '../error-reason.js';
import type { OperationRequest, Plan } from '../contracts/plan.js';
import type { OperationResult } from '../contracts/operation.js';

/** Returns the plan's changes in the form that a result has. */
export function changesOf({
  changes,
  changeCount,
  merge,
}: Plan): Pick<OperationResult, 'changes' | 'changeCount' | 'merge'> {
  return { changes, ...(changeCount === undefined ? {} : { changeCount }), ...(merge === undefined ? {} : { merge }) };
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

/** A sentence, with the systems that could not be reached or refuse, and will be updated later. */
export function behindText(text: string, behind: readonly string[], refusing: readonly string[] = []): string {
  const later = (names: readonly string[], why: string, verb: string) => {
    if (names.length === 0) return '';
    const [they, does] = names.length === 1 ? ['it', `${verb}s`] : ['they', verb];
    return `; not updated yet (${why}): ${names.join(', ')}; ${they} will be when ${they} ${does}`;
  };
  return `${text}${later(behind, 'unreachable', 'answer')}${later(refusing, 'refusing', 'accept')}`;
}
