import { find, type State } from '../../domain/log/state.js';
import type { Refusal } from '../../domain/refusal.js';
import type { AlertRule } from '../../domain/resources/alert-rule.js';
import { missing } from '../refusals.js';

/** Returns the refusal of a rule that names a sink which does not exist; null: it names none. */
export function alertRuleProblem(state: State, { sinks }: AlertRule): Refusal | null {
  const unknown = sinks.find((name) => find(state, 'AlertSink', name) === undefined);
  return unknown === undefined ? null : missing(state, 'AlertSink', unknown);
}
