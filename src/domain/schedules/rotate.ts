import { z } from 'zod';
import { graceText, strategies, USUAL_GRACE, type Strategy } from '../secrets/rotation.js';
import { intervalMs } from '../values/interval.js';
import { secretName } from '../values/name.js';
import { defineAction } from './action.js';

/** Older values that Vault keeps beside the one in force, unless a schedule says otherwise. */
export const USUAL_KEPT_VERSIONS = 0;
const MOST_KEPT_VERSIONS = 100;

/** Strategy of rotations. */
export const strategyOption = z.enum(strategies, { error: `give ${strategies.join(' or ')}` });

/** Number of older values that Vault keeps. */
export const keptVersions = z.number().int().min(0).max(MOST_KEPT_VERSIONS);

/** Rotates a secret, or all of them: `update secret rotate` with these options. */
export const rotateAction = defineAction({
  kind: 'rotate',
  options: {
    secret: secretName
      .nullable()
      .default(null)
      .describe('Name of the secret (default: every secret that can be rotated without a person)')
      .meta({ placeholder: 'name', names: 'Secret' }),
    strategy: strategyOption
      .default('dual-secret')
      .describe('dual-secret: both values are valid for a time; immediate: without that (default: dual-secret)')
      .meta({ placeholder: 'strategy' }),
    grace: graceText
      .default(USUAL_GRACE)
      .describe(`Time for which the old value stays valid: a duration, 0s, or until-next (default: ${USUAL_GRACE})`)
      .meta({ placeholder: 'duration', suggests: ['0s', '1h', '24h', 'until-next'] }),
    keepVersions: keptVersions
      .default(USUAL_KEPT_VERSIONS)
      .describe(`Older values that Vault keeps beside the one in force (default: ${USUAL_KEPT_VERSIONS})`)
      .meta({ placeholder: 'n' }),
  },
});

/** Name of the schedule that rotates all secrets. */
export const ROTATE_ALL = 'rotate-all';

/** Returns the name of the schedule that rotates a secret; null: all of them. */
export function rotationScheduleName(secret: string | null): string {
  return secret === null ? ROTATE_ALL : `rotate-${secret}`;
}

/**
 * Returns what is wrong with a grace period that is as long as the interval, or longer, as a sentence without a full stop; null:
 * it is shorter.
 */
export function longGrace(
  { name, every }: { readonly name: string; readonly every: string },
  { strategy, grace }: { readonly strategy: Strategy; readonly grace: string },
): string | null {
  const isLong = strategy === 'dual-secret' && grace !== 'until-next' && intervalMs(grace) >= intervalMs(every);
  return isLong
    ? `schedule ${name} rotates every ${every}, and the old value stays valid for ${grace}, so each second run is skipped`
    : null;
}
