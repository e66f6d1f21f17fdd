import { randomUUID } from 'node:crypto';
import { visible } from './visible.js';

const CODES = { green: 32, yellow: 33, red: 31, dim: 2 } as const;

export type Paint = keyof typeof CODES;

/** Stands for our colours until all else is {@link visible}; nobody can guess it, so nothing from elsewhere paints. */
const MARK = randomUUID();

/** A text for stdout in a colour; plain where nobody looks at it, or where `NO_COLOR` is set (no-color.org). */
export function painted(paint: Paint, text: string): string {
  const isWanted = process.stdout.isTTY && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
  return isWanted ? `${MARK}${CODES[paint]}m${text}${MARK}0m` : text;
}

/** What a person reads on stdout, with no control characters but our own colours. */
export function forPerson(text: string): string {
  return visible(text).replaceAll(MARK, '\u001b[');
}
