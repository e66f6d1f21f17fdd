import { all, find, type State } from '../log/state.js';
import { conditionLabels, usualConditions, type AlertConditionKind } from '../resources/alert-condition.js';
import { OWN_LABELS, type AlertRule } from '../resources/alert-rule.js';

type Settings = Pick<AlertRule, 'for' | 'keepFiringFor' | 'severity'>;

/** Settings of the rules that every environment has, by their condition; a rule has the name of its condition. */
const settings: { readonly [K in AlertConditionKind]: Settings } = {
  'sign-in-failures-by-host': { for: null, keepFiringFor: '5m', severity: 'warning' },
  'sign-in-failures-by-user': { for: null, keepFiringFor: '5m', severity: 'warning' },
  'upstream-down': { for: '1m', keepFiringFor: '2m', severity: 'critical' },
  'error-rate': { for: '2m', keepFiringFor: '5m', severity: 'critical' },
  // A renewal is retried every ten minutes.
  certificate: { for: '30m', keepFiringFor: null, severity: 'warning' },
  'rotation-overdue': { for: null, keepFiringFor: null, severity: 'warning' },
  'backup-overdue': { for: null, keepFiringFor: null, severity: 'warning' },
  // Hecate repairs what it owns within five minutes.
  drift: { for: '10m', keepFiringFor: null, severity: 'warning' },
  'operation-failed': { for: null, keepFiringFor: null, severity: 'warning' },
  'operation-stuck': { for: null, keepFiringFor: null, severity: 'critical' },
  'source-held': { for: null, keepFiringFor: null, severity: 'warning' },
  'bypass-open': { for: null, keepFiringFor: null, severity: 'warning' },
  'component-down': { for: '1m', keepFiringFor: '1m', severity: 'critical' },
  disk: { for: '5m', keepFiringFor: '5m', severity: 'critical' },
  'sink-failing': { for: '5m', keepFiringFor: null, severity: 'warning' },
};

/** The rules that every environment has. A rule of the same name in the log replaces or disables one. */
export const defaultRules: readonly AlertRule[] = (Object.keys(settings) as AlertConditionKind[]).map((name) => ({
  name,
  condition: usualConditions[name],
  ...settings[name],
  labels: {},
  sinks: [],
  repeat: '4h',
  enabled: true,
  source: null,
}));

/** Returns the rules in force, disabled ones included, by name. */
export function rulesIn(state: State): readonly AlertRule[] {
  const own = all(state, 'AlertRule').map(({ value }) => value);
  const replaced = new Set(own.map(({ name }) => name));
  return [...defaultRules.filter(({ name }) => !replaced.has(name)), ...own].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Returns the rule of a name, from the log or a default one; undefined: there is none. */
export function ruleNamed(state: State, name: string): AlertRule | undefined {
  return find(state, 'AlertRule', name)?.value ?? defaultRules.find((one) => one.name === name);
}

/** Returns the names of all labels that an alert of the rules in force can have, sorted. */
export function labelNamesIn(state: State): string[] {
  const names = rulesIn(state).flatMap(({ condition, labels }) => [
    ...conditionLabels[condition.kind],
    ...Object.keys(labels),
  ]);
  return [...new Set([...OWN_LABELS, ...names])].sort();
}
