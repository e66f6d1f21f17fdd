import { z } from 'zod';
import { nearest } from '../data/nearest.js';

/** A time of day, `HH:MM` in 24 hours: `03:00`. A single digit of the hour gets a zero. */
export const clockText = z
  .string()
  .overwrite((text) => text.trim().replace(/^(\d):/, '0$1:'))
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'give a time of day in 24 hours, such as 03:00');

/** Returns the minutes since midnight of a {@link clockText}. */
export function minutesOf(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  return hours * 60 + minutes;
}

/** Name of a time zone of the IANA database, such as `Europe/Berlin`, in its own spelling. */
export const timezoneText = z
  .string()
  .overwrite((text) => spelled(text.trim()))
  .refine((text) => isZone(text), {
    error: ({ input }) => {
      const close = nearest(String(input), zones());
      const hint = close === undefined ? ', such as Europe/Berlin or UTC' : `; did you mean ${close}?`;
      return `there is no such time zone; give a name of the IANA database${hint}`;
    },
  });

function zones(): readonly string[] {
  return [...Intl.supportedValuesOf('timeZone'), 'UTC'];
}

function spelled(text: string): string {
  return zones().find((zone) => zone.toLowerCase() === text.toLowerCase()) ?? text;
}

/** Offsets such as `+02:00` are no zones: they know no summer time, and only newer versions of Node.js take them. */
function isZone(text: string): boolean {
  if (!/^[A-Za-z]/.test(text)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }) !== null;
  } catch {
    return false;
  }
}
