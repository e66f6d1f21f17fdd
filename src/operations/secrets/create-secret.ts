import { z } from 'zod';
import { secretKind } from '../../domain/resources/secret.js';
import { find } from '../../domain/log/state.js';
import { defineOperation } from '../operation.js';
import { nameField, secretDecision, valueField, valueProblem, valueQuestions } from './decision.js';

/** Puts a secret into Vault under a name that routes can use. Passwords are kept as their hashes. */
export const createSecret = defineOperation({
  key: 'secret.create',
  path: ['create', 'secret'],
  summary: 'Keep a secret for routes to use',
  examples: ['create secret --name team --kind basic-auth --from-file team.txt'],
  input: z.strictObject({
    name: nameField,
    kind: secretKind
      .default('basic-auth')
      .describe('What it is for: basic-auth, the accounts of a route’s middleware basic-auth:NAME')
      .meta({ placeholder: 'kind' }),
    fromFile: valueField,
  }),
  subject: (input) => input.name,
  handoverProblem: (input, handover) => valueProblem(input, handover),
  questions: (_state, { name, kind, fromFile }) => valueQuestions({ name, kind, version: 1, edition: fromFile }),
  decide(state, input, answers) {
    const held = find(state, 'Secret', input.name);
    if (held) {
      return {
        kind: 'refuse',
        refusal: {
          kind: 'conflict',
          code: 'secret-exists',
          message: `secret ${held.name} exists already: created by ${held.createdBy} at ${held.createdAt}`,
          hint: `Give it another value with: hecate update secret --name ${held.name} --from-file FILE`,
        },
      };
    }
    const refusal = valueProblem(input, answers);
    if (refusal) return { kind: 'refuse', refusal };
    const { name, kind, fromFile: edition } = input;
    return secretDecision(state, null, { name, kind, version: 1, edition });
  },
});
