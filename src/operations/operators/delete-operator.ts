import { z } from 'zod';
import { find } from '../../domain/log/state.js';
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
    return operatorDecision(state, { before, after: null }, goesOn(state, name));
  },
});
