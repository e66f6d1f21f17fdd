import type { OperationResult } from '../../workflows/contracts/operation.js';
import { drawnChange } from './drawn-change.js';
import { errorData, type ErrorData } from './error-output.js';

/** Returns the result for a person: how it ended, and each changed field. */
export function summary(result: OperationResult): string {
  const changes =
    result.changeCount === undefined
      ? result.changes.flatMap((change) => drawnChange(change))
      : [`${result.changeCount} changes; list them: hecate history --limit 1`];
  return [
    `${result.result}${result.sequence === null ? '' : ` as ${result.sequence}`}`,
    ...(result.result === 'completed' ? changes : []),
  ].join('\n');
}

/** Returns the error of an operation that was refused, undone or is stuck, in the form of every other error; else null. */
export function resultError({ result, detail, refusal }: OperationResult): ErrorData | null {
  if (result === 'completed' || result === 'unchanged') return null;
  const { kind = result, hint } = refusal ?? {};
  return errorData({ kind, message: detail ?? refusal?.message ?? result, ...(hint ? { hint } : {}) });
}

/** Returns the lines for stderr: warnings, and the error with its hint. */
export function resultMessages(result: OperationResult): string[] {
  const failed = result.result === 'refused' || result.result === 'undone' || result.result === 'stuck';
  const late = result.behind.join(', ');
  return [
    ...result.warnings.map((text) => `warning: ${text}`),
    ...(late === '' ? [] : [`warning: not updated yet (unreachable): ${late}; updated when it answers`]),
    ...(failed ? [`error: ${result.detail ?? result.result}`] : []),
    ...(result.refusal?.hint ? [`hint: ${result.refusal.hint}`] : []),
  ];
}
