import { z } from 'zod';
import { changeOf } from '../../domain/log/commit.js';
import { operatorSecret } from '../../domain/resources/operator.js';
import { all, find } from '../../domain/log/state.js';
import { defineOperation } from '../operation.js';
import { missing, refuse } from '../refusals.js';
import { goesOn, nameField, operatorDecision } from './decision.js';

/** Deletes an operator, whose requests are refused from then on. What it started goes on. */
export const deleteOperator = defineOperation({
  key: 'operator.delete',
  path: ['delete', 'operator'],
  role: 'admin',
  summary: 'Delete an operator; its key is worth nothing from then on',
  examples: ['delete operator --name ci-bot'],
  input: z.strictObject({ name: nameField }),
  subject: (input) => input.name,
  decide(state, { name }) {
    const before = find(state, 'Operator', name)?.value;
    if (!before) return refuse(missing(state, 'Operator', name));
    const decision = operatorDecision(state, { before, after: null }, goesOn(state, name));
    if (decision.kind === 'refuse') return decision;
    const secret = find(state, 'Secret', operatorSecret(name) ?? '')?.value;
    // Nothing is left to rotate.
    if (secret?.kind !== 'operator-key') return decision;
    const schedules = all(state, 'Schedule').filter(
      ({ value: { action } }) => action.kind === 'rotate' && action.secret === secret.name,
    );
    const rest = goesOn(state, name, new Set(schedules.map((one) => one.name)));
    const changes = [
      ...decision.changes,
      ...schedules.map((one) => changeOf('Schedule', one.name, one.value, null)),
      changeOf('Secret', secret.name, secret, null),
    ];
    return { ...decision, changes, warnings: rest };
  },
});
