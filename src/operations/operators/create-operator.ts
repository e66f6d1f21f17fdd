import { z } from 'zod';
import { find } from '../../domain/log/state.js';
import { roleSchema } from '../../domain/values/role.js';
import { defineOperation } from '../operation.js';
import { existsAlready, invalid, refuse } from '../refusals.js';
import { nameField, operatorDecision, publicKeyField, ROLE_HELP } from './decision.js';

/**
 * Creates an operator. The command line makes the key pair and keeps the private half: only the public half is in the
 * request and in the log.
 */
export const createOperator = defineOperation({
  key: 'operator.create',
  path: ['create', 'operator'],
  role: 'admin',
  summary: 'Create an operator, and print its key once',
  examples: [
    'create operator --name anna --role operator',
    'create operator --name ci-bot --role operator --key-file ci-bot.key',
  ],
  input: z.strictObject({
    name: nameField.meta({ names: undefined }),
    role: roleSchema.default('operator').describe(`Role: ${ROLE_HELP}`).meta({ placeholder: 'role' }),
    publicKey: publicKeyField.meta({ keyPair: 'always' }),
  }),
  subject: (input) => input.name,
  decide(state, { name, role, publicKey }) {
    const held = find(state, 'Operator', name);
    if (held) {
      return refuse(
        existsAlready(
          held,
          `Give it a new key with: hecate update operator --name ${name} --new-key. Delete it with: hecate delete operator --name ${name}`,
        ),
      );
    }
    if (publicKey === undefined) return refuse(invalid('operator-key-missing', 'the operator’s public key is missing'));
    return operatorDecision(state, { before: null, after: { name, role, publicKey } });
  },
});
