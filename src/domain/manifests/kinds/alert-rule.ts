import { z } from 'zod';
import { alertRuleName, alertRuleSchema } from '../../resources/alert-rule.js';
import { alertConditionSchema } from '../../resources/alert-condition.js';
import { durationText } from '../../values/duration.js';
import { intervalText } from '../../values/interval.js';
import { defineForm, withoutDefaults } from '../form.js';

const NONE = 'none';
const { severity, labels, sinks } = alertRuleSchema.shape;

const ruleSpec = z.strictObject({
  condition: alertConditionSchema.describe('What makes the rule active, with its parameters.'),
  for: z
    .union([z.literal(NONE), durationText])
    .default(NONE)
    .describe('Time for which the condition must hold before the alert fires.'),
  keepFiringFor: z
    .union([z.literal(NONE), durationText])
    .default(NONE)
    .describe('Time for which the alert fires on after the condition ended.'),
  severity: severity.default('warning').describe('Severity of its alerts.'),
  labels: labels.default({}).describe('Labels that its alerts have too.'),
  sinks: sinks.default([]).describe('Names of the sinks that are told; without any, all are.'),
  repeat: z
    .union([z.literal(NONE), intervalText])
    .default(NONE)
    .describe('Interval of reminders while an alert fires.'),
  enabled: z.boolean().default(true).describe('False: the rule makes no alerts.'),
});

/** Manifests of alert rules. `metadata.name` is the rule's name. */
export const alertRuleForm = defineForm({
  kind: 'AlertRule',
  name: alertRuleName,
  spec: ruleSpec,
  nameOf: ({ name }) => name,
  specOf: (rule) => ({
    condition: rule.condition,
    ...withoutDefaults<Omit<z.input<typeof ruleSpec>, 'condition'>>(
      { for: NONE, keepFiringFor: NONE, labels: {}, sinks: [], repeat: NONE, enabled: true },
      {
        for: rule.for ?? NONE,
        keepFiringFor: rule.keepFiringFor ?? NONE,
        severity: rule.severity,
        labels: rule.labels,
        sinks: rule.sinks,
        repeat: rule.repeat ?? NONE,
        enabled: rule.enabled,
      },
    ),
  }),
  valueOf: (name, spec) => ({
    name,
    condition: spec.condition,
    for: orNull(spec.for),
    keepFiringFor: orNull(spec.keepFiringFor),
    severity: spec.severity,
    labels: spec.labels,
    sinks: spec.sinks,
    repeat: orNull(spec.repeat),
    enabled: spec.enabled,
    source: null,
  }),
  contradiction: () => null,
});

function orNull(text: string): string | null {
  return text === NONE ? null : text;
}
