import { z } from 'zod';
import { durationMs, durationOf } from './duration.js';

const HOUR_MS = 3_600_000;
/** Milliseconds of a day of 24 hours. */
export const DAY_MS = 24 * HOUR_MS;
const DAYS_OF_A_WEEK = 7;
const LONGEST_DAYS = 3_650;
const PATTERN = /^(?:(\d{1,4})w)?(?:(\d{1,5})d)?(.*)$/;

/**
 * A positive interval of at most ten years: a `durationText` that may begin with weeks and days, such as `30d`, `2w` or
 * `1d12h`. A day has 24 hours. Weeks become days, so that `2w` is `14d`. Only Hecate reads it; Caddy takes no days.
 */
export const intervalText = z
  .string()
  .overwrite((text) => canonical(text.trim().toLowerCase()))
  .refine((text) => isUsable(text), {
    message: `an interval is positive, at most ${LONGEST_DAYS}d, and written like 30d, 2w, 12h, 1d12h or 5m`,
  });

/** The longest time of which anything is known about the traffic, days. */
const KEPT_DAYS = 730;

/** An {@link intervalText} for looking back at the traffic: at least a second, at most as long as figures are kept. */
export const lookBackText = z
  .string()
  .overwrite((text) => canonical(text.trim().toLowerCase()))
  .refine((text) => intervalMs(text) >= 1_000 && intervalMs(text) <= KEPT_DAYS * DAY_MS, {
    message: `a time to look back is at least 1s and at most ${KEPT_DAYS}d, as long as figures are kept, and written like 15m, 12h, 20d, 2w or 1d12h`,
  });

/** Milliseconds of an {@link intervalText}; NaN for any other text. */
export function intervalMs(text: string): number {
  const [, weeks, days, rest = ''] = PATTERN.exec(text) ?? [];
  if (weeks === undefined && days === undefined) return durationMs(text);
  const wholeDays = Number(weeks ?? 0) * DAYS_OF_A_WEEK + Number(days ?? 0);
  return wholeDays * DAY_MS + (rest === '' ? 0 : durationMs(rest));
}

/** Returns whole milliseconds as an {@link intervalText}, in the largest units up to days: `1d12h`. Zero is `0s`. */
export function intervalOf(ms: number): string {
  const days = Math.floor(ms / DAY_MS);
  const rest = ms - days * DAY_MS;
  if (days === 0) return durationOf(rest);
  return `${days}d${rest === 0 ? '' : durationOf(rest)}`;
}

/** A text without days and weeks stays as it is, as older logs and manifests have it. */
function canonical(text: string): string {
  const ms = intervalMs(text);
  return /^\d+[wd]/.test(text) && ms > 0 ? intervalOf(ms) : text;
}

function isUsable(text: string): boolean {
  const ms = intervalMs(text);
  return ms > 0 && ms <= LONGEST_DAYS * DAY_MS;
}
