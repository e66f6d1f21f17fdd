import { z } from 'zod';
import { OWN_ACTOR } from '../../domain/resources/operator.js';
import { afterEvent } from '../../domain/secrets/rotation.js';
import { secretName } from '../../domain/values/name.js';
import { find } from '../../domain/log/state.js';
import { force } from '../rules/force.js';
import { defineOperation } from '../operation.js';
import { invalid, refuse } from '../refusals.js';
import { rotationDecision } from './rotation.js';

const use = z.strictObject({ name: z.string().min(1).max(300), since: z.iso.datetime() });

/** What happened in a phase, as a request carries it. */
export const phaseEventSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('done'), consumers: z.array(use).max(50).optional() }),
  z.strictObject({ kind: z.literal('failing'), problem: z.string().max(2_000) }),
  z.strictObject({ kind: z.literal('failed'), problem: z.string().max(2_000) }),
  z.strictObject({ kind: z.literal('still-accepted'), problem: z.string().max(2_000) }),
]);

/**
 * Takes a rotation to its next phase where the proxies change with it. Only the worker asks for it: it has done the work of the
 * phase. At another revision of the secret than `decidedAt` it changes nothing.
 */
export const advanceRotation = defineOperation({
  key: 'secret.rotation.advance',
  path: ['update', 'secret', 'phase'],
  isInternal: true,
  summary: 'Take a rotation to its next phase',
  examples: ['update secret phase --name team'],
  input: z.strictObject({
    name: secretName.describe('Name of the secret').meta({ placeholder: 'name', names: 'Secret' }),
    event: phaseEventSchema.default({ kind: 'done' }).meta({ internal: true }),
    decidedAt: z.number().int().default(0).meta({ internal: true }),
    force,
  }),
  subject: (input) => input.name,
  decide(state, { name, event, decidedAt }, _answers, { now, actor }) {
    if (actor !== OWN_ACTOR) {
      const hint = `Follow the rotation: hecate read secret status --name ${name}`;
      return refuse(invalid('worker-only', 'only the worker takes a rotation to its next phase', hint));
    }
    const held = find(state, 'Secret', name);
    const isSame = held?.revision === decidedAt && held.value.rotation !== null;
    if (!isSame) return { kind: 'change', changes: [], expect: { hosts: [] }, warnings: [] };
    return rotationDecision(state, held.value, afterEvent(held.value, withoutUndefined(event), now));
  },
});

type Event = z.infer<typeof phaseEventSchema>;

function withoutUndefined(event: Event) {
  if (event.kind !== 'done') return event;
  return { kind: event.kind, ...(event.consumers === undefined ? {} : { consumers: event.consumers }) } as const;
}
