import type { OperationResult } from '../../workflows/contracts/operation.js';
import { errorData, type ErrorData } from './error-output.js';
import { drawnChange } from './drawn-change.js';

/** For stdout: how it ended, and field by field what changed. */
export function summary(result: OperationResult): string {
  const changes =
    result.changeCount === undefined
      ? result.changes.flatMap((change) => drawnChange(change))
      : [`${result.changeCount} changes; all of them: hecate history --limit 1`];
  return [
    `${result.result}${result.sequence === null ? '' : ` as ${result.sequence}`}`,
    ...(result.result === 'completed' ? changes : []),
  ].join('\n');
}

/** As data: why it is not in force, where every other error stands too; nothing of what is. */
export function resultError({ result, detail, refusal }: OperationResult): ErrorData | null {
  if (result === 'completed' || result === 'unchanged') return null;
  const { kind = result, hint } = refusal ?? {};
  return errorData({ kind, message: detail ?? refusal?.message ?? result, ...(hint ? { hint } : {}) });
}

/** For stderr: warnings, the error with its way out, and where to look. */
export function talk(result: OperationResult, ui: string | null): string[] {
  const failed = result.result === 'refused' || result.result === 'undone' || result.result === 'stuck';
  return [
    ...result.warnings.map((text) => `warning: ${text}`),
    ...(result.behind.length > 0 ? [`warning: behind, converged when they answer: ${result.behind.join(', ')}`] : []),
    ...(failed ? [`error: ${result.detail ?? result.result}`] : []),
    ...(result.refusal?.hint ? [`hint: ${result.refusal.hint}`] : []),
    ...(ui === null ? [] : [`what happened: ${ui}`]),
  ];
}
