import { z } from 'zod';
import { find } from '../../domain/log/state.js';
import { defineOperation } from '../operation.js';
import { inUse, refuse } from '../refusals.js';
import { missingSecret } from '../rules/route.js';
import { rotationRuns } from './rotation.js';
import { nameField, ownRefusal, secretDecision } from './decision.js';

/** Deletes a secret. Refused while a route uses it, since that route could then let nobody in. The value stays in Vault, so that an undo can use it. */
export const deleteSecret = defineOperation({
  key: 'secret.delete',
  path: ['delete', 'secret'],
  summary: 'Delete a secret that no route uses',
  examples: ['delete secret --name team'],
  input: z.strictObject({ name: nameField }),
  subject: (input) => input.name,
  decide(state, { name }) {
    const before = find(state, 'Secret', name)?.value;
    if (!before) return refuse(missingSecret(state, name));
    const hint = `Remove it from their middleware first: hecate update route --domain DOMAIN --remove-middleware basic-auth:${name}`;
    const refusal = inUse(state, 'Secret', name, hint);
    if (refusal) return refuse(refusal);
    const kept = ownRefusal(before) ?? rotationRuns(before);
    return kept ? refuse(kept) : secretDecision(state, before, null);
  },
});
