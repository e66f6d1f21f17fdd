import { z } from 'zod';
import { find } from '../../domain/log/state.js';
import { usualConditions } from '../../domain/resources/alert-condition.js';
import { alertRuleName } from '../../domain/resources/alert-rule.js';
import { defineOperation } from '../operation.js';
import { existsAlready, invalid, refuse } from '../refusals.js';
import { ruleDecision } from './decision.js';
import { changedSettings, conditionOf, ruleSettings } from './settings.js';

/** Creates an alert rule. One with the name of a default rule replaces it. */
export const createAlertRule = defineOperation({
  key: 'alert-rule.create',
  path: ['create', 'alert-rule'],
  summary: 'Create an alert rule',
  examples: [
    'create alert-rule --name shop-errors --condition error-rate --above 2 --within 10m --for 5m --severity critical --label team=shop',
    'create alert-rule --name login-attacks --condition sign-in-failures-by-user --above 5 --within 5m --repeat 1h',
  ],
  input: z.strictObject({
    ...ruleSettings,
    name: alertRuleName.describe('Name of the rule; that of a default rule replaces it').meta({ placeholder: 'name' }),
    condition: ruleSettings.condition
      .unwrap()
      .describe('What makes the rule active')
      .meta({ placeholder: 'condition' }),
  }),
  subject: (input) => input.name,
  decide(state, { name, ...flags }) {
    const held = find(state, 'AlertRule', name);
    if (held) return refuse(existsAlready(held));
    const condition = conditionOf(usualConditions[flags.condition], flags);
    if ('problem' in condition) return refuse(invalid('alert-condition-invalid', condition.problem));
    const plain = { for: null, keepFiringFor: null, severity: 'warning', labels: {}, sinks: [] } as const;
    const after = {
      ...{ name, condition, ...plain, sinks: [], repeat: '4h', enabled: true, source: null },
      ...changedSettings(flags),
    };
    return ruleDecision(state, { before: null, after });
  },
});
