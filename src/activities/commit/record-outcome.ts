import type { OperationActivities } from '../../workflows/contracts/operation.js';
import type { Dependencies } from '../dependencies.js';

/** Time for which a repeated automatic attempt is not recorded again. */
const REPEATED_AFTER_MS = 3_600_000;
/** Most attempts that are remembered. */
const MOST_REMEMBERED = 1_000;

/**
 * Creates the activity that records outcomes. A schedule or a canary may be refused for the same reason every few seconds,
 * so an automatic attempt without a commit that ends like an earlier one is recorded once an hour.
 */
export function createOutcomeRecorder({
  log,
  now,
}: Pick<Dependencies, 'log' | 'now'>): OperationActivities['recordOutcome'] {
  const recorded = new Map<string, number>();
  const remember = (key: string, at: string) => {
    recorded.set(key, Date.parse(at));
    const [oldest] = recorded.keys();
    if (recorded.size > MOST_REMEMBERED && oldest !== undefined) recorded.delete(oldest);
  };
  return async (id, result, detail, behind, attempt) => {
    const at = now();
    const isUncommitted = result === 'refused' || result === 'cancelled' || result === 'failed';
    const isRepeatable = isUncommitted && attempt?.isAutomatic === true;
    const key = JSON.stringify([attempt?.operation, attempt?.subject, attempt?.actor, result, detail]);
    if (isRepeatable && Date.parse(at) - (recorded.get(key) ?? -Infinity) < REPEATED_AFTER_MS) return;
    await log.record({ id, at, result, detail, behind, ...(attempt === undefined ? {} : { attempt }) });
    if (isRepeatable) remember(key, at);
  };
}
