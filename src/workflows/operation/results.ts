import { ApplicationFailure } from '@temporalio/workflow';
import type { OperationRequest, Plan } from '../contracts/plan.js';
import type { OperationResult } from '../contracts/operation.js';

/** The plan's changes as a result tells them. */
export function changesOf({ changes, changeCount }: Plan): Pick<OperationResult, 'changes' | 'changeCount'> {
  return { changes, ...(changeCount === undefined ? {} : { changeCount }) };
}

/** A result in which nothing happened. */
export function nothingDone(request: OperationRequest): Omit<OperationResult, 'result'> {
  return { id: request.id, detail: null, refusal: null, warnings: [], behind: [], sequence: null, changes: [] };
}

/** How a workflow fails with a result. */
export function failed(result: OperationResult): ApplicationFailure {
  return ApplicationFailure.nonRetryable(result.detail ?? result.result, result.result, result);
}

/** An undo because a system could not be reached ends with its own exit code. */
export function refusalOf(cause: unknown, message: string): OperationResult['refusal'] {
  const type = rootOf(cause) instanceof ApplicationFailure ? (rootOf(cause) as ApplicationFailure).type : undefined;
  if (type !== 'unavailable' && type !== 'denied') return null;
  return { kind: type, code: `system-${type}`, message };
}

/** The message of what lies at the bottom of an error. */
export function reasonOf(error: unknown): string {
  const root = rootOf(error);
  return root instanceof Error ? root.message : String(root);
}

function rootOf(error: unknown): unknown {
  let root = error;
  while (root instanceof Error && root.cause instanceof Error) root = root.cause;
  return root;
}

/** A sentence, and who is still behind. */
export function behindText(text: string, behind: readonly string[]): string {
  return behind.length === 0 ? text : `${text}, behind: ${behind.join(', ')}`;
}
