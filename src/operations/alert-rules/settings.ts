import { z } from 'zod';
import { alertConditionKinds, conditionWith, usualConditions } from '../../domain/resources/alert-condition.js';
import type { AlertCondition, AlertConditionKind } from '../../domain/resources/alert-condition.js';
import { ruleLabels, severities, sinkNames } from '../../domain/resources/alert-rule.js';
import { durationText } from '../../domain/values/duration.js';
import { intervalText } from '../../domain/values/interval.js';

const duration = z.union([z.literal('none'), durationText]);

/** Settings of an alert rule as flags; all are optional. */
export const ruleSettings = {
  condition: z
    .enum(alertConditionKinds as [AlertConditionKind, ...AlertConditionKind[]])
    .optional()
    .describe('What makes the rule active')
    .meta({ placeholder: 'condition' }),
  above: z
    .number()
    .optional()
    .describe('Largest number, or percentage, that is no alert')
    .meta({ placeholder: 'number' }),
  below: z.number().optional().describe('Smallest percentage that is no alert').meta({ placeholder: 'percent' }),
  requests: z
    .number()
    .optional()
    .describe('Fewest requests of which a share is judged')
    .meta({ placeholder: 'number' }),
  within: durationText.optional().describe('Time that the condition looks at').meta({ placeholder: 'duration' }),
  for: duration
    .optional()
    .describe('Time for which the condition must hold before the alert fires; none: it fires at once')
    .meta({ placeholder: 'duration' }),
  keepFiringFor: duration
    .optional()
    .describe('Time for which the alert fires on after the condition ended; none: it ends at once')
    .meta({ placeholder: 'duration' }),
  severity: z.enum(severities).optional().describe('Severity of its alerts').meta({ placeholder: 'severity' }),
  label: ruleLabels
    .optional()
    .describe('Label that its alerts have too; repeatable; replaces all present ones')
    .meta({ placeholder: 'name=value', repeatable: true }),
  sinks: sinkNames
    .optional()
    .describe('Alert sinks to tell, separated by commas; none: all')
    .meta({ placeholder: 'a,b', list: true }),
  repeat: z
    .union([z.literal('none'), intervalText])
    .optional()
    .describe('Interval of reminders while an alert fires; none: no reminder')
    .meta({ placeholder: 'interval' }),
  enabled: z
    .enum(['on', 'off'])
    .optional()
    .describe('off: it makes no alerts, as for a default rule that is not wanted')
    .meta({ placeholder: 'on|off', bare: 'on' }),
};

type Given = z.infer<z.ZodObject<typeof ruleSettings>>;

/** Returns the condition that the flags describe on top of the present one, or the reason why there is none. */
export function conditionOf(before: AlertCondition, flags: Given): AlertCondition | { readonly problem: string } {
  const { condition, above, below, requests, within } = flags;
  const usual = condition === undefined || condition === before.kind ? before : usualConditions[condition];
  return conditionWith(usual, { above, below, requests, within });
}

/** Returns the settings beside the condition that the flags change. */
export function changedSettings({ label, sinks, severity, repeat, enabled, keepFiringFor, ...flags }: Given) {
  return {
    ...(flags.for === undefined ? {} : { for: orNull(flags.for) }),
    ...(keepFiringFor === undefined ? {} : { keepFiringFor: orNull(keepFiringFor) }),
    ...(severity === undefined ? {} : { severity }),
    ...(label === undefined ? {} : { labels: label }),
    ...(sinks === undefined ? {} : { sinks }),
    ...(repeat === undefined ? {} : { repeat: orNull(repeat) }),
    ...(enabled === undefined ? {} : { enabled: enabled === 'on' }),
  };
}

function orNull(text: string): string | null {
  return text === 'none' ? null : text;
}
