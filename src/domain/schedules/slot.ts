import { minutesOf } from '../values/clock.js';
import { DAY_MS, intervalMs } from '../values/interval.js';

/** Clocks of Temporal and of a worker may differ by this, and never by more than a tenth of an interval. */
const LARGEST_SKEW_MS = 5_000;
const MINUTE_MS = 60_000;

/** The times at which a schedule is due. */
export interface Timing {
  /** Interval, as `intervalText`. */
  readonly every: string;
  /** Local time of day; then the interval is a multiple of a day. Null: multiples of the interval. */
  readonly at: string | null;
  /** Zone of `at`; null: UTC. */
  readonly timezone: string | null;
}

/**
 * Returns the time (ISO 8601 UTC) at which the run is due that begins at `now`: the last multiple of the interval since
 * 1970-01-01 00:00 UTC, as Temporal counts them; with `at`, that local time on the last day whose number since 1970-01-01
 * is a multiple of the interval. A clock that is a little behind Temporal's gives the same time.
 */
export function dueTime(timing: Timing, now: string): string {
  const skewMs = Math.min(LARGEST_SKEW_MS, intervalMs(timing.every) / 10);
  return new Date(lastUntil(timing, Date.parse(now) + skewMs)).toISOString();
}

/** Returns the first time (ISO 8601 UTC) after `now` at which a schedule is due, without its jitter. */
export function nextTime(timing: Timing, now: string): string {
  const last = lastUntil(timing, Date.parse(now));
  if (timing.at === null) return new Date(last + intervalMs(timing.every)).toISOString();
  const { at, timezone } = timing;
  const day = dayOf(last, timezone);
  return new Date(instantOf(day + daysOf(timing), at, timezone)).toISOString();
}

/** Returns the last due time until `ms` (since 1970-01-01 00:00 UTC). */
function lastUntil(timing: Timing, ms: number): number {
  const { every, at, timezone } = timing;
  const everyMs = intervalMs(every);
  if (at === null) return Math.floor(ms / everyMs) * everyMs;
  const days = daysOf(timing);
  const day = Math.floor(dayOf(ms, timezone) / days) * days;
  const instant = instantOf(day, at, timezone);
  return instant <= ms ? instant : instantOf(day - days, at, timezone);
}

function daysOf({ every }: Timing): number {
  return Math.max(1, Math.round(intervalMs(every) / DAY_MS));
}

/** Returns the number of the local day of an instant, since 1970-01-01. */
function dayOf(ms: number, zone: string | null): number {
  return Math.floor((ms + offsetAt(ms, zone)) / DAY_MS);
}

/**
 * Returns the instant of a local time on a local day. A time that the change to summer time skips comes an hour later; of
 * one that comes twice in autumn, the first counts.
 */
function instantOf(day: number, at: string, zone: string | null): number {
  const local = day * DAY_MS + minutesOf(at) * MINUTE_MS;
  const [before, after] = [local - DAY_MS, local + DAY_MS].map((ms) => local - offsetAt(ms, zone)) as [number, number];
  const real = [before, after].filter((ms) => ms + offsetAt(ms, zone) === local);
  return real.length === 0 ? before : Math.min(...real);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Returns the milliseconds by which local time is ahead of UTC at an instant. */
function offsetAt(ms: number, zone: string | null): number {
  if (zone === null) return 0;
  const format = formats.get(zone) ?? new Intl.DateTimeFormat('en-US', { ...LOCAL, timeZone: zone });
  formats.set(zone, format);
  const second = Math.floor(ms / 1_000) * 1_000;
  const parts = Object.fromEntries(format.formatToParts(second).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second: seconds = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, seconds) - second;
}

const LOCAL: Intl.DateTimeFormatOptions = {
  ...{ hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
  ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
};

/** A part of a schedule that contradicts another one. */
export interface TimingProblem {
  readonly field: 'at' | 'timezone' | 'jitter';
  /** A sentence without a full stop, with the flags of commands. */
  readonly message: string;
}

/** Returns the contradiction between the times of a schedule; null: there is none. */
export function timingProblem({
  every,
  at,
  timezone,
  jitter,
}: Timing & { readonly jitter: string | null }): TimingProblem | null {
  const everyMs = intervalMs(every);
  if (at !== null && everyMs % DAY_MS !== 0) {
    return { field: 'at', message: `a time of day needs an interval of whole days, such as 1d or 30d, not ${every}` };
  }
  if (timezone !== null && at === null) {
    return { field: 'timezone', message: 'a time zone needs a time of day, such as 03:00' };
  }
  if (jitter !== null && intervalMs(jitter) * 2 > everyMs) {
    return { field: 'jitter', message: `the jitter ${jitter} is longer than half of the interval ${every}` };
  }
  return null;
}

/** Returns the times of a schedule in words: `every 30d at 03:00 Europe/Berlin, up to 10m later`. */
export function timingText({ every, at, timezone, jitter }: Timing & { readonly jitter: string | null }): string {
  const local = at === null ? '' : ` at ${at} ${timezone ?? 'UTC'}`;
  return `every ${every}${local}${jitter === null ? '' : `, up to ${jitter} later`}`;
}
