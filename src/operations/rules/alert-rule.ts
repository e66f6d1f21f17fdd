import { find, type State } from '../../domain/log/state.js';
import type { Refusal } from '../../domain/refusal.js';
import { usualConditions, windowProblem, type AlertCondition } from '../../domain/resources/alert-condition.js';
import type { AlertRule } from '../../domain/resources/alert-rule.js';
import { invalid, missing } from '../refusals.js';

/**
 * Returns the refusal of a rule that names a sink which does not exist, or looks at a time that is not known; null: it is possible.
 * A disabled rule may have any time.
 */
export function alertRuleProblem(state: State, { sinks, condition, enabled }: AlertRule): Refusal | null {
  const problem = enabled ? windowProblem(condition) : null;
  if (problem !== null) {
    const usual = usualWindow(condition);
    const hint = `Give a time between them: --within ${usual}, or within: ${usual} in a manifest`;
    return invalid('alert-condition-invalid', problem, hint);
  }
  const unknown = sinks.find((name) => find(state, 'AlertSink', name) === undefined);
  return unknown === undefined ? null : missing(state, 'AlertSink', unknown);
}

function usualWindow({ kind }: AlertCondition): string {
  const usual = usualConditions[kind];
  return 'within' in usual ? usual.within : '';
}
