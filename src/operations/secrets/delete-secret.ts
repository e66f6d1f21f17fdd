import { z } from 'zod';
import { find } from '../../domain/log/state.js';
import { defineOperation } from '../operation.js';
import { missingSecret, routesWithSecret } from '../rules/route.js';
import { nameField, secretDecision } from './decision.js';

/** Deletes a secret. Refused while a route uses it: nobody could pass it. The value stays in Vault, so that an undo can use it. */
export const deleteSecret = defineOperation({
  key: 'secret.delete',
  path: ['delete', 'secret'],
  summary: 'Delete a secret that no route uses',
  examples: ['delete secret --name team'],
  input: z.strictObject({ name: nameField }),
  subject: (input) => input.name,
  decide(state, { name }) {
    const before = find(state, 'Secret', name)?.value;
    if (!before) return { kind: 'refuse', refusal: missingSecret(state, name) };
    const routes = routesWithSecret(state, name);
    if (routes.length === 0) return secretDecision(state, before, null);
    return {
      kind: 'refuse',
      refusal: {
        kind: 'conflict',
        code: 'secret-in-use',
        message: `secret ${name} is used by ${routes.join(', ')}`,
        hint: 'Remove it from their middleware first: hecate update route --domain … --middleware …',
      },
    };
  },
});
