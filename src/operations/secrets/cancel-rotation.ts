import { z } from 'zod';
import { afterEvent, isCommitted } from '../../domain/secrets/rotation.js';
import { defineOperation } from '../operation.js';
import { conflict, refuse } from '../refusals.js';
import { nameField } from './decision.js';
import { notOwnKey } from '../rules/operator-key.js';
import { ofRotation, rotationDecision } from './rotation.js';

/** Undoes a rotation before its commit point: the old value stays, and the new one is revoked. */
export const cancelRotation = defineOperation({
  key: 'secret.rotation.cancel',
  path: ['cancel', 'secret', 'rotation'],
  summary: 'Undo a rotation that is not committed: the old value stays',
  examples: ['cancel secret rotation --name team'],
  input: z.strictObject({ name: nameField }),
  subject: (input) => input.name,
  decide: (state, { name }, _answers, { now, actor }) =>
    ofRotation(state, name, ({ secret, rotation }) => {
      const foreign = notOwnKey(state, secret, actor);
      if (foreign) return refuse(foreign);
      const { phase, next, revokedAt } = rotation;
      if (isCommitted(rotation) || revokedAt !== null || (rotation.revokesFirst && phase === 'revoke')) {
        const what = isCommitted(rotation)
          ? `its new value (version ${next.version}) is in force`
          : 'its old value is revoked';
        const message = `the rotation of ${name} cannot be undone: ${what}`;
        const hint = `End it: hecate finish secret rotation --name ${name}. Replace the value: hecate update secret rotate --name ${name}`;
        return refuse(conflict('rotation-committed', message, hint));
      }
      if (phase === 'undo' && !rotation.isStuck) {
        const hint = `Follow it: hecate read secret status --name ${name}`;
        return refuse(conflict('rotation-undoing', `the rotation of ${name} is being undone already`, hint));
      }
      if (phase === 'undo') return rotationDecision(state, secret, afterEvent(secret, { kind: 'finish' }, now));
      return rotationDecision(state, secret, afterEvent(secret, { kind: 'cancelled', by: actor }, now));
    }),
});
