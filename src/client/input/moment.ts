import { instant, type Moment } from '../../domain/values/moment.js';
import { Failure } from '../../ports/failure.js';

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const WORDS = /(\d+(?:\.\d+)?)\s*(ms|s|sec|seconds?|m|mins?|minutes?|h|hours?|d|days?|w|weeks?)(?![a-z])\s*/gy;
const CALENDAR = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(?:[.,](\d{1,9}))?)?$/i;
const WITH_ZONE = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?(?:[.,](\d{1,9}))?\s*(Z|[+-]\d\d(?::?\d\d)?)$/i;

/** What is said of a text that is no time. */
export const notATime = 'a time is like 2024-01-15T10:00:00Z, 2024-01-15 10:00 (local), 2024-01-15, “2h ago” or -2h';

/**
 * A time as people write it, as ISO 8601 UTC with milliseconds: with a zone, without one in local time, a date (its local
 * beginning), `now`, or how long ago (`2h ago`, `-1d12h`). Null: it is none of these, or no such day exists.
 */
export function timeOf(text: string, now: Date): string | null {
  const plain = text.trim();
  if (plain.toLowerCase() === 'now') return now.toISOString();
  const zoned = WITH_ZONE.exec(plain);
  if (zoned) return instantOf(`${isoLocal(zoned)}${zoneOf(zoned[5] ?? 'Z')}`);
  const local = CALENDAR.exec(plain);
  if (local) return instantOf(`${isoLocal(local)}Z`) && instantOf(new Date(isoLocal(local)).toISOString());
  const then = new Date(now.getTime() - agoMs(plain));
  return Number.isNaN(then.getTime()) ? null : instantOf(then.toISOString());
}

/** A time or a sequence that a flag names. Throws `invalid`, also for a time that is yet to come. */
export function momentOf(flag: string, text: string, now: Date): Moment {
  if (/^\d{1,15}$/.test(text.trim())) return { sequence: Number(text) };
  const at = timeOf(text, now);
  if (at === null) throw new Failure('invalid', `--${flag} ${JSON.stringify(text)}: ${notATime}, or a sequence`);
  if (at > now.toISOString()) throw new Failure('invalid', `--${flag} ${at} is in the future`);
  return { at };
}

/** Local time as JavaScript reads it: with seconds and at most milliseconds. */
function isoLocal([, date, minutes = '00:00', seconds = ':00', fraction = '0']: RegExpExecArray): string {
  return `${date}T${minutes}${seconds}.${fraction.padEnd(3, '0').slice(0, 3)}`;
}

function zoneOf(text: string): string {
  if (text.toUpperCase() === 'Z') return 'Z';
  const digits = text.slice(1).replace(':', '').padEnd(4, '0');
  return `${text[0]}${digits.slice(0, 2)}:${digits.slice(2)}`;
}

function instantOf(text: string): string | null {
  return instant.safeParse(text).data ?? null;
}

/** NaN: it is no such text. */
function agoMs(text: string): number {
  const [, span] = /^-\s*(.+)$/.exec(text) ?? /^(.+?)\s*ago$/i.exec(text) ?? [];
  if (span === undefined) return Number.NaN;
  const parts = [...span.toLowerCase().matchAll(WORDS)];
  if (parts.map(([whole]) => whole).join('') !== span.toLowerCase()) return Number.NaN;
  return parts.reduce((sum, [, number, unit = '']) => sum + Number(number) * unitMs(unit), 0);
}

function unitMs(unit: string): number {
  return UNITS_MS[unit === 'ms' ? unit : unit.charAt(0)] ?? Number.NaN;
}
