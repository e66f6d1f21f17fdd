import { z } from 'zod';
import { find } from '../../domain/log/state.js';
import { scheduleInterval } from '../../domain/resources/schedule.js';
import { ROTATE_ALL, rotateAction, rotationScheduleName } from '../../domain/schedules/rotate.js';
import { graceText, USUAL_GRACE } from '../../domain/secrets/rotation.js';
import { secretName } from '../../domain/values/name.js';
import { defineOperation } from '../operation.js';
import { existsAlready, refuse } from '../refusals.js';
import { notOwnKey } from '../rules/operator-key.js';
import { graceWithoutEffect } from '../rules/grace.js';
import { missingSecret } from '../rules/route.js';
import { scheduleDecision } from './decision.js';
import { newTiming, timingFlags } from './options.js';

const USUAL_INTERVAL = '30d';
const { strategy, grace, keepVersions } = rotateAction.options;

/**
 * Creates a schedule that rotates a secret, or all of them. It has the name of the secret, so that a secret has at most one.
 * Its runs never overlap; of the runs that an outage delayed, those of the last ten minutes start.
 */
export const createRotationSchedule = defineOperation({
  key: 'schedule.create-rotate',
  path: ['create', 'schedule', 'rotate'],
  summary: `Rotate a secret at regular intervals; the schedule is named rotate-NAME, with --all ${ROTATE_ALL}`,
  examples: [
    'create schedule rotate --name authentik-api-token --every 30d',
    'create schedule rotate --all --every 30d --at 03:00 --timezone Europe/Berlin --jitter 10m',
  ],
  input: z
    .strictObject({
      name: secretName
        .optional()
        .describe('Name of the secret; its schedule is named rotate-NAME')
        .meta({ placeholder: 'name', names: 'Secret' }),
      all: z
        .boolean()
        .default(false)
        .describe(`Rotate every secret without a schedule of its own; the schedule is named ${ROTATE_ALL}`),
      every: scheduleInterval
        .default(USUAL_INTERVAL)
        .describe(`Interval, at least 10s, such as 30d, 2w or 12h (default: ${USUAL_INTERVAL})`)
        .meta({ placeholder: 'duration' }),
      ...timingFlags,
      ...{ strategy, keepVersions },
      // Without a default, so that a grace period that was asked for is told from the usual one.
      grace: graceText.optional().meta(grace.meta() ?? {}),
    })
    .refine(({ name, all }) => (name !== undefined) !== all, { message: 'give --name NAME or --all' }),
  subject: ({ name = null }) => rotationScheduleName(name),
  decide(
    state,
    { name: secret = null, all: _, every, at, timezone, jitter, grace: asked, ...rest },
    _answers,
    { actor },
  ) {
    const options = { ...rest, grace: asked ?? USUAL_GRACE };
    const idle = graceWithoutEffect(options.strategy, asked);
    if (idle) return refuse(idle);
    const name = rotationScheduleName(secret);
    const held = find(state, 'Schedule', name);
    if (held) {
      const hint = `Change it with: hecate update schedule --name ${name} --every ${every}`;
      return refuse(existsAlready(held, hint));
    }
    const named = secret === null ? null : find(state, 'Secret', secret)?.value;
    if (named === undefined) return refuse(missingSecret(state, secret ?? ''));
    const foreign = named === null ? null : notOwnKey(state, named, actor);
    if (foreign) return refuse(foreign);
    return scheduleDecision(state, null, {
      ...{ name, every, ...newTiming({ at, timezone, jitter }) },
      ...{ action: { kind: 'rotate', secret, ...options }, paused: null, source: null },
    });
  },
});
