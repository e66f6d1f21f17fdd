import { durationMs } from '../values/duration.js';

/** Clocks of Temporal and of a worker may differ by this, and never by more than a tenth of an interval. */
const LARGEST_SKEW_MS = 5_000;

/**
 * Returns the time (ISO 8601 UTC) at which the run is due that begins at `now`: the last multiple of the interval since
 * 1970-01-01 00:00 UTC, as Temporal counts them. A clock that is a little behind Temporal's gives the same time.
 */
export function dueTime(every: string, now: string): string {
  const everyMs = durationMs(every);
  const skewMs = Math.min(LARGEST_SKEW_MS, everyMs / 10);
  return new Date(Math.floor((Date.parse(now) + skewMs) / everyMs) * everyMs).toISOString();
}
