import { isSame } from '../../domain/data/fields.js';
import { changeOf } from '../../domain/log/commit.js';
import type { State } from '../../domain/log/state.js';
import type { AlertRule } from '../../domain/resources/alert-rule.js';
import type { Decision } from '../operation.js';
import { refuse } from '../refusals.js';
import { alertRuleProblem } from '../rules/alert-rule.js';

/** Returns the decision to replace one rule; without changes when both are equal. Refuses sinks that do not exist. */
export function ruleDecision(
  state: State,
  { before, after }: { readonly before: AlertRule | null; readonly after: AlertRule | null },
  warnings: readonly string[] = [],
): Decision {
  const problem = after && alertRuleProblem(state, after);
  if (problem) return refuse(problem);
  const name = (after ?? before)?.name ?? '';
  const changes = isSame(before, after) ? [] : [changeOf('AlertRule', name, before, after)];
  return { kind: 'change', changes, expect: { hosts: [] }, warnings };
}
