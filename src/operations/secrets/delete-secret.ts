import { z } from 'zod';
import { find, type State } from '../../domain/log/state.js';
import { usersOf } from '../../domain/log/users.js';
import { defineOperation } from '../operation.js';
import { inUse, refuse } from '../refusals.js';
import { missingSecret, routesWithSecret } from '../rules/route.js';
import { rotationRuns } from './rotation.js';
import { signsRefusal } from './signer.js';
import { nameField, ownRefusal, secretDecision } from './decision.js';

/** Deletes a secret. Refused while a route or an alert sink uses it, since that route could then let nobody in. The value stays in Vault for a time, so that a failed operation can be undone. */
export const deleteSecret = defineOperation({
  key: 'secret.delete',
  path: ['delete', 'secret'],
  summary: 'Delete a secret that no route, schedule or alert sink uses',
  examples: ['delete secret --name team'],
  input: z.strictObject({ name: nameField }),
  subject: (input) => input.name,
  decide(state, { name }) {
    const before = find(state, 'Secret', name)?.value;
    if (!before) return refuse(missingSecret(state, name));
    const refusal = inUse(state, 'Secret', name, useHint(state, name));
    if (refusal) return refuse(refusal);
    const kept = ownRefusal(before) ?? rotationRuns(before) ?? signsRefusal(state, name);
    return kept ? refuse(kept) : secretDecision(state, before, null);
  },
});

function useHint(state: State, name: string): string {
  const [sink] = usersOf(state, 'Secret', name, 'AlertSink');
  if (sink !== undefined) {
    return `Give its alert sink another secret first: hecate update alert-sink --name ${sink} --secret NAME. Or delete it: hecate delete alert-sink --name ${sink}`;
  }
  const [schedule] = usersOf(state, 'Secret', name, 'Schedule');
  if (schedule !== undefined && routesWithSecret(state, name).length === 0) {
    return `Delete its schedule first: hecate delete schedule --name ${schedule}`;
  }
  return `Remove it from their middleware first: hecate update route --domain DOMAIN --remove-middleware basic-auth:${name}`;
}
