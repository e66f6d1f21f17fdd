import type { Loss } from '../values/loss.js';
import type { Losses } from './kind.js';

/** Returns the comparison of a kind that protects while a route has it, whatever its argument. */
export function takenAway(kind: Loss['kind'], consequence: string): Losses {
  return (before, after) =>
    after.length > 0 ? [] : before.map(({ text }) => ({ kind, text: `${text} is taken away, so ${consequence}` }));
}
