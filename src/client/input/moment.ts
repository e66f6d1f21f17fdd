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

/** The message about a text that is not a time. */
export const notATime =
  'give a time such as 2024-01-15T10:00:00Z, “2024-01-15 10:00” (local time), 2024-01-15, “2h ago” or -2h';

/**
 * Returns a time that a person wrote as ISO 8601 UTC with milliseconds. Takes times with a zone, local times, dates (their
 * local beginning), `now` and spans before now (`2h ago`, `-1d12h`). Null: it is none of these, or the day does not exist.
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

/** Returns a flag's time or sequence. Throws `invalid`, also for a time in the future. */
export function momentOf(flag: string, text: string, now: Date): Moment {
  if (/^\d{1,15}$/.test(text.trim())) return { sequence: Number(text) };
  const at = timeOf(text, now);
  if (at === null) throw new Failure('invalid', `--${flag} ${JSON.stringify(text)}: ${notATime}, or a sequence`);
  if (at > now.toISOString()) throw new Failure('invalid', `--${flag} ${at} is in the future`);
  return { at };
}

/** Local time in the form that JavaScript parses: with seconds and milliseconds. */
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

/** Returns the milliseconds of `2h ago` or `-2h`; NaN for another text. */
function agoMs(text: string): number {
  const span = (text.startsWith('-') ? text.slice(1) : /ago$/i.test(text) ? text.slice(0, -'ago'.length) : '').trim();
  const parts = [...span.toLowerCase().matchAll(WORDS)];
  if (span === '' || parts.map(([whole]) => whole).join('') !== span.toLowerCase()) return Number.NaN;
  return parts.reduce((sum, [, number, unit = '']) => sum + Number(number) * unitMs(unit), 0);
}

function unitMs(unit: string): number {
  return UNITS_MS[unit === 'ms' ? unit : unit.charAt(0)] ?? Number.NaN;
}
