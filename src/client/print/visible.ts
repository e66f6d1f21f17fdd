import { withShortWords } from '../../domain/data/shorten.js';
import { asTyped } from './as-typed.js';

/** Control characters, and those that turn the direction of a text or break its lines. */
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Escapes control characters as `\x1b` and `\u202e`, so that no name or value can move the cursor, colour, reorder or
 * hide anything on a terminal. Line breaks and tabs stay.
 */
export function visible(text: string): string {
  return text.replace(CONTROL, (one) => {
    const code = one.charCodeAt(0);
    return code > 0xff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\x${code.toString(16).padStart(2, '0')}`;
  });
}

/** Prints lines for a person on stderr, with control characters escaped, very long words cut, and command lines as the user types them. */
export function toStderr(text: string): void {
  process.stderr.write(`${visible(asTyped(withShortWords(text)))}\n`);
}
