import { z } from 'zod';
import { durationText } from '../values/duration.js';
import { intervalText } from '../values/interval.js';
import { labelMap } from '../values/label.js';
import { resourceName } from '../values/name.js';
import { alertConditionSchema } from './alert-condition.js';
import { defineKind } from './definition.js';
import { sourceName } from './source.js';

/** Name of an alert rule. Its alerts have it as the label `alertname`. */
export const alertRuleName = resourceName('a rule’s name');

/** Severity of an alert, the gravest first. */
export const severities = ['critical', 'warning', 'info'] as const;

/** Labels that Hecate gives to every alert. */
export const OWN_LABELS = ['alertname', 'severity', 'environment'];

/** Labels that a rule adds to its alerts. */
export const ruleLabels = labelMap.refine(
  (labels) => !OWN_LABELS.some((name) => Object.hasOwn(labels, name)),
  `Hecate sets the labels ${OWN_LABELS.join(', ')}`,
);

/** Names of alert sinks, sorted and without duplicates. */
export const sinkNames = z
  .array(resourceName('a sink’s name'))
  .max(50, 'a rule has at most 50 sinks')
  .overwrite((names) => [...new Set(names)].sort());

/** A rule that makes alerts. */
export const alertRuleSchema = z.strictObject({
  name: alertRuleName,
  condition: alertConditionSchema,
  /** Time for which the condition must hold before the alert fires; null: it fires at once. */
  for: durationText.nullable(),
  /** Time for which the alert fires on after the condition ended, so that one that comes and goes is one alert; null: none. */
  keepFiringFor: durationText.nullable(),
  severity: z.enum(severities),
  labels: ruleLabels,
  /** Sinks that are told; empty: all. */
  sinks: sinkNames,
  /** Interval of the reminders while it fires; null: none is sent. */
  repeat: intervalText.nullable(),
  /** False: it makes no alerts. */
  enabled: z.boolean(),
  /** Source of the manifest that it came from; null: a command created it. */
  source: sourceName.nullable(),
});

/** An alert rule as the log holds it. */
export type AlertRule = z.infer<typeof alertRuleSchema>;

/** The kind `AlertRule`. */
export const alertRuleDefinition = defineKind({
  role: 'base',
  changedBy: 'operator',
  noun: 'alert rule',
  plural: 'alert-rules',
  schema: alertRuleSchema,
  identity: 'name',
  driftsIn: null,
  refersTo: ['AlertSink'],
  references: ({ sinks }) => sinks.map((name, index) => ({ kind: 'AlertSink', name, field: ['sinks', index] })),
});
