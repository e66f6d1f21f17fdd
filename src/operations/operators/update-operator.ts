import { z } from 'zod';
import { find } from '../../domain/log/state.js';
import { roleSchema } from '../../domain/values/role.js';
import { defineOperation } from '../operation.js';
import { missing, refuse } from '../refusals.js';
import { nameField, operatorDecision, publicKeyField, ROLE_HELP } from './decision.js';

/** Changes the role or the key of an operator. Requests with the key before are refused from then on. */
export const updateOperator = defineOperation({
  key: 'operator.update',
  path: ['update', 'operator'],
  role: 'admin',
  summary: 'Change the role of an operator, or replace its key',
  examples: [
    'update operator --name anna --role admin',
    'update operator --name ci-bot --new-key --key-file ci-bot.key',
  ],
  input: z.strictObject({
    name: nameField,
    role: roleSchema.optional().describe(`Role: ${ROLE_HELP}`).meta({ placeholder: 'role' }),
    publicKey: publicKeyField.meta({ keyPair: 'on-request' }),
  }),
  subject: (input) => input.name,
  decide(state, { name, role, publicKey }) {
    const before = find(state, 'Operator', name)?.value;
    if (!before) return refuse(missing(state, 'Operator', name));
    const isNewKey = publicKey !== undefined && publicKey !== before.publicKey;
    // A new key ends a rotation of the key: neither of its keys is accepted then.
    const keys = isNewKey ? { publicKey } : before;
    const after = { ...keys, name, role: role ?? before.role };
    if (after.role === before.role && !isNewKey)
      return { kind: 'change', changes: [], expect: { hosts: [] }, warnings: [] };
    return operatorDecision(state, { before, after });
  },
});
