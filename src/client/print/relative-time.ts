const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Older or later times are given as a date. */
const FARTHEST_MS = 60 * DAY_MS;

/** A time relative to another, both ISO 8601: `3 min ago`, `in 2 h`, `just now`; beyond 60 days its date in UTC. */
export function relativeTime(at: string, now: string): string {
  const ms = Date.parse(now) - Date.parse(at);
  if (Number.isNaN(ms)) return at;
  if (Math.abs(ms) > FARTHEST_MS) return at.slice(0, 10);
  if (Math.abs(ms) < SECOND_MS) return 'just now';
  return ms > 0 ? `${span(ms)} ago` : `in ${span(-ms)}`;
}

/** A length of time for a person, rounded down: `480 ms`, `3 s`, `12 min`, `5 h`, `90 days`. */
export function timeSpan(ms: number): string {
  return ms < SECOND_MS ? `${Math.max(0, Math.floor(ms))} ms` : span(ms);
}

function span(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.floor(ms / SECOND_MS)} s`;
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`;
  if (ms < 2 * DAY_MS) return `${Math.floor(ms / HOUR_MS)} h`;
  return `${Math.floor(ms / DAY_MS)} days`;
}
