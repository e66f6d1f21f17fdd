import { z } from 'zod';
import { ruleNamed } from '../../domain/alerts/rules.js';
import { find } from '../../domain/log/state.js';
import { alertRuleName } from '../../domain/resources/alert-rule.js';
import { defineOperation } from '../operation.js';
import { invalid, missing, refuse } from '../refusals.js';
import { ruleDecision } from './decision.js';
import { changedSettings, conditionOf, ruleSettings } from './settings.js';

/** Changes the given settings of an alert rule. Changing a default rule puts it into the log. */
export const updateAlertRule = defineOperation({
  key: 'alert-rule.update',
  path: ['update', 'alert-rule'],
  summary: 'Change an alert rule, or a default one',
  examples: [
    'update alert-rule --name disk --below 20',
    'update alert-rule --name operation-failed --enabled=off --reason "our CI retries"',
  ],
  input: z
    .strictObject({
      name: alertRuleName.describe('Name of the rule').meta({ placeholder: 'name', names: 'AlertRule' }),
      ...ruleSettings,
    })
    .refine(({ name: _, ...given }) => Object.values(given).some((one) => one !== undefined), {
      message: 'give a setting to change, such as --severity',
    }),
  subject: (input) => input.name,
  decide(state, { name, ...flags }) {
    const before = ruleNamed(state, name);
    if (before === undefined) return refuse(missing(state, 'AlertRule', name));
    const condition = conditionOf(before.condition, flags);
    if ('problem' in condition) return refuse(invalid('alert-condition-invalid', condition.problem));
    const held = find(state, 'AlertRule', name)?.value ?? null;
    return ruleDecision(state, { before: held, after: { ...before, condition, ...changedSettings(flags) } });
  },
});
