import { z } from 'zod';
import { afterEvent } from '../../domain/secrets/rotation.js';
import { defineOperation } from '../operation.js';
import { conflict, refuse } from '../refusals.js';
import { nameField } from './decision.js';
import { notOwnKey } from '../rules/operator-key.js';
import { ofRotation, rotationDecision } from './rotation.js';

/** Lets a rotation go on: past a hold, past the rest of the grace period, or after a person removed the cause of a failure. */
export const finishRotation = defineOperation({
  key: 'secret.rotation.finish',
  path: ['finish', 'secret', 'rotation'],
  summary: 'Let a rotation go on: past a hold, the rest of the grace period, or a failure',
  examples: ['finish secret rotation --name team'],
  input: z.strictObject({ name: nameField }),
  subject: (input) => input.name,
  decide: (state, { name }, _answers, { now, actor }) =>
    ofRotation(state, name, ({ secret, rotation }) => {
      const foreign = notOwnKey(state, secret, actor);
      if (foreign) return refuse(foreign);
      const isWaiting = rotation.isHeld || rotation.isStuck || rotation.phase === 'grace';
      if (isWaiting) return rotationDecision(state, secret, afterEvent(secret, { kind: 'finish' }, now));
      const message = `the rotation of ${name} goes on by itself: it is in the phase ${rotation.phase}`;
      return refuse(conflict('rotation-goes-on', message, `Follow it: hecate read secret status --name ${name}`));
    }),
});
