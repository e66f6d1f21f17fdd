import type { OperationResult } from '../../workflows/contracts/operation.js';
import { drawnChange } from './drawn-change.js';
import { mergeLines } from './merge-output.js';
import { errorData, type ErrorData } from './error-output.js';

/** Returns the result for a person: how it ended, and each changed field. */
export function summary(result: OperationResult): string {
  const changes =
    result.changeCount === undefined
      ? result.changes.flatMap((change) => drawnChange(change))
      : [`${result.changeCount} changes; list them: hecate history --limit 1`];
  return [
    `${result.result}${result.sequence === null ? '' : ` as ${result.sequence}`}`,
    ...mergeLines(result.merge),
    ...(result.result === 'completed' ? changes : []),
  ].join('\n');
}

/** Returns the error of an operation that was refused, undone or is stuck, in the form of every other error; else null. */
export function resultError(ended: OperationResult): ErrorData | null {
  const { result, detail, refusal } = ended;
  if (result === 'completed' || result === 'unchanged') return null;
  const { kind = result } = refusal ?? {};
  const hint = hintOf(ended);
  return errorData({ kind, message: detail ?? refusal?.message ?? result, ...(hint ? { hint } : {}) });
}

/** The way out of an operation that is stuck. */
const STUCK_HINT =
  'Find the cause: hecate status, hecate logs caddy. When it is mended, Hecate undoes the rest by itself; check it with: hecate update state reconcile --dry-run';

function hintOf({ result, refusal }: OperationResult): string | undefined {
  return refusal?.hint ?? (result === 'stuck' ? STUCK_HINT : undefined);
}

/** Returns the lines for stderr: warnings, and the error with its hint. */
export function resultMessages(result: OperationResult): string[] {
  const failed = result.result === 'refused' || result.result === 'undone' || result.result === 'stuck';
  const { refusing = [] } = result;
  const hint = hintOf(result);
  const late = result.behind.filter((name) => !refusing.some(({ proxy }) => proxy === name)).join(', ');
  return [
    ...result.warnings.map((text) => `warning: ${text}`),
    ...(late === '' ? [] : [`warning: not updated yet (unreachable): ${late}; updated when it answers`]),
    ...refusing.map(({ message }) => `warning: not updated: ${message}`),
    ...(failed ? [`error: ${result.detail ?? result.result}`] : []),
    ...(hint === undefined ? [] : [`hint: ${hint}`]),
  ];
}
