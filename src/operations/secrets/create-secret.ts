import { z } from 'zod';
import { creatableKind, purposes, usualSecretKind } from '../../domain/secrets/kinds.js';
import { newSecret } from '../../domain/resources/secret.js';
import { find } from '../../domain/log/state.js';
import { defineOperation } from '../operation.js';
import { existsAlready, refuse } from '../refusals.js';
import { nameField, secretDecision, valueField, valueQuestions, valueRefusal } from './decision.js';

/** Creates a secret that routes can use by its name. Vault keeps its value; the log keeps its name, kind and version. */
export const createSecret = defineOperation({
  key: 'secret.create',
  path: ['create', 'secret'],
  summary: 'Create a secret for routes to use',
  examples: ['create secret --name team --kind basic-auth --from-file team.txt'],
  input: z.strictObject({
    name: nameField.meta({ names: undefined }),
    kind: creatableKind
      .default(usualSecretKind)
      .describe(`Kind of the secret: ${purposes}`)
      .meta({ placeholder: 'kind' }),
    fromFile: valueField,
  }),
  subject: (input) => input.name,
  handoverProblem: (input, handover) => valueRefusal(input, input.kind, handover),
  questions: (_state, { name, kind, fromFile }) =>
    valueQuestions(newSecret({ name, kind, version: 1, edition: fromFile })),
  decide(state, input, answers) {
    const held = find(state, 'Secret', input.name);
    if (held) {
      const hint = `Give it a new value with: hecate update secret --name ${held.name} --from-file FILE`;
      return refuse(existsAlready(held, hint));
    }
    const refusal = valueRefusal(input, input.kind, answers);
    if (refusal) return refuse(refusal);
    const { name, kind, fromFile: edition } = input;
    return secretDecision(state, null, newSecret({ name, kind, version: 1, edition }));
  },
});
