import { withShortWords } from '../../domain/data/shorten.js';
import { asTyped } from './as-typed.js';

/**
 * Control characters, and all others that are not seen but change what is: they turn the direction of a text, break its lines,
 * join or divide words without a space, or take the place of a letter. A zero-width joiner stays inside of an emoji.
 */
const CONTROL = new RegExp(
  [
    '[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f]',
    // Format controls: bidirectional marks, zero-width ones, the soft hyphen, invisible operators, tags.
    '(?!\\u200d)\\p{Cf}',
    '(?<![\\p{Extended_Pictographic}\\u{fe0f}\\p{Emoji_Modifier}])\\u200d',
    '\\u200d(?!\\p{Extended_Pictographic})',
    // Line and paragraph separators, fillers that look like nothing, and halves of characters.
    '[\\u2028\\u2029\\u115f\\u1160\\u3164\\uffa0\\u034f\\u17b4\\u17b5\\p{Cs}]',
  ].join('|'),
  'gu',
);

/**
 * Escapes control characters as `\x1b` and `\u202e`, so that no name or value can move the cursor, colour, reorder or
 * hide anything on a terminal. Line breaks and tabs stay.
 */
export function visible(text: string): string {
  return text.replace(CONTROL, (one) => {
    const code = one.codePointAt(0) ?? 0;
    if (code > 0xffff) return `\\u{${code.toString(16)}}`;
    return code > 0xff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\x${code.toString(16).padStart(2, '0')}`;
  });
}

/** Returns a text from outside as one line: control characters are escaped, and line breaks and tabs are spaces. */
export function oneLine(text: string): string {
  return visible(text).replace(/\s+/g, ' ');
}

/**
 * Returns data as JSON whose control characters are all escaped, so that a terminal may show it. JSON itself escapes only those
 * below U+0020.
 */
export function visibleJson(data: unknown, indent = 0): string {
  return JSON.stringify(data, null, indent).replace(CONTROL, (one) =>
    Array.from({ length: one.length }, (_, at) => `\\u${hex(one.charCodeAt(at), 4)}`).join(''),
  );
}

/** Returns data as YAML with the same characters escaped, in double quotes, which alone have escapes. */
export async function visibleYaml(data: unknown): Promise<string> {
  const { Document, visit } = await import('yaml');
  const document = new Document(data);
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === 'string' && node.value.search(CONTROL) >= 0) node.type = 'QUOTE_DOUBLE';
    },
  });
  return document.toString().replace(CONTROL, (one) => {
    const code = one.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
  });
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}

/** Prints lines for a person on stderr, with control characters escaped, very long words cut, and command lines as the user types them. */
export function toStderr(text: string): void {
  process.stderr.write(`${visible(asTyped(withShortWords(text)))}\n`);
}
