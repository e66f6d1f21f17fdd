import { z } from 'zod';
import { defaultRules, ruleNamed } from '../../domain/alerts/rules.js';
import { find } from '../../domain/log/state.js';
import { alertRuleName } from '../../domain/resources/alert-rule.js';
import { defineOperation } from '../operation.js';
import { conflict, missing, refuse } from '../refusals.js';
import { ruleDecision } from './decision.js';

/** Deletes an alert rule. A default rule that it replaced is in force again. */
export const deleteAlertRule = defineOperation({
  key: 'alert-rule.delete',
  path: ['delete', 'alert-rule'],
  summary: 'Delete an alert rule',
  examples: ['delete alert-rule --name shop-errors'],
  input: z.strictObject({
    name: alertRuleName.describe('Name of the rule').meta({ placeholder: 'name', names: 'AlertRule' }),
  }),
  subject: (input) => input.name,
  decide(state, { name }) {
    const held = find(state, 'AlertRule', name)?.value;
    if (held !== undefined) {
      const isDefault = defaultRules.some((one) => one.name === name);
      return ruleDecision(
        state,
        { before: held, after: null },
        isDefault ? [`the default rule ${name} is in force again`] : [],
      );
    }
    if (ruleNamed(state, name) === undefined) return refuse(missing(state, 'AlertRule', name));
    const hint = `Turn it off with: hecate update alert-rule --name ${name} --enabled=off`;
    return refuse(conflict('alert-rule-default', `${name} is a default rule, which cannot be deleted`, hint));
  },
});
