import { z } from 'zod';

const UNITS_MS = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;
const PATTERN = /^(?:(\d{1,6})h)?(?:(\d{1,6})m(?!s))?(?:(\d{1,6})s)?(?:(\d{1,9})ms)?$/;
const LONGEST_MS = 8_760 * UNITS_MS.h;

/** A positive duration of at most a year, in the form of Go and Caddy: `500ms`, `15s`, `1m30s`, `1h`. */
export const durationText = z
  .string()
  .overwrite((text) => text.trim().toLowerCase())
  .refine((text) => isUsable(text), {
    message: 'a duration is positive, at most 8760h, and written like 500ms, 15s, 1m30s or 1h',
  });

/** A {@link durationText} of at least one second, for intervals and time limits that make no sense below that. */
export const secondsText = durationText.refine((text) => !(durationMs(text) < UNITS_MS.s), {
  message: 'it must be at least 1s',
});

/** Milliseconds of a {@link durationText}; NaN for any other text. */
export function durationMs(text: string): number {
  const match = PATTERN.exec(text);
  if (!match || text === '') return Number.NaN;
  const [h, m, s, ms] = match.slice(1).map((digits) => Number(digits ?? 0));
  return (h ?? 0) * UNITS_MS.h + (m ?? 0) * UNITS_MS.m + (s ?? 0) * UNITS_MS.s + (ms ?? 0);
}

/** Returns whole milliseconds as a {@link durationText}, in the largest units: `1h30m`. Zero is `0s`. */
export function durationOf(ms: number): string {
  let left = ms;
  const parts = Object.entries(UNITS_MS).map(([unit, unitMs]) => {
    const count = Math.floor(left / unitMs);
    left -= count * unitMs;
    return count === 0 ? '' : `${count}${unit}`;
  });
  return parts.join('') || '0s';
}

function isUsable(text: string): boolean {
  const ms = durationMs(text);
  return ms > 0 && ms <= LONGEST_MS;
}
