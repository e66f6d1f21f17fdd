import { randomUUID } from 'node:crypto';
import { visible } from './visible.js';
import { cutTo, displayWidth } from './width.js';

const CODES = { green: 32, yellow: 33, red: 31, dim: 2, bold: 1 } as const;

/** The name of a colour. */
export type Paint = keyof typeof CODES;

/** Stands for our colours until {@link visible} has escaped the rest. Random, so that no foreign text can contain it. */
const MARK = randomUUID();

/** Returns a text for stdout in a colour; plain where stdout is no terminal or `NO_COLOR` is set (no-color.org). */
export function painted(paint: Paint, text: string): string {
  const isWanted = process.stdout.isTTY && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
  return isWanted ? `${MARK}${CODES[paint]}m${text}${MARK}0m` : text;
}

/** Returns a text for stdout with all control characters escaped but our own colours. */
export function forPerson(text: string): string {
  return visible(text).replaceAll(MARK, '\u001b[');
}

/** Cuts a line that has painted parts to a width. Its text has no control characters. */
export function cutPainted(line: string, width: number): string {
  const colour = new RegExp(`(${MARK}\\d+m)`);
  let left = width;
  return line
    .split(colour)
    .map((part, index) => {
      if (index % 2 === 1) return part;
      const kept = left <= 0 ? '' : cutTo(part, left);
      left -= displayWidth(part);
      return kept;
    })
    .join('');
}
