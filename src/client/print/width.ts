/** Width of a terminal that does not tell its own. */
const USUAL_WIDTH = 80;

/** Characters that take two columns of a terminal: East Asian wide ones, and emoji. */
const WIDE =
  /^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F|[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6]|[\u{1F1E6}-\u{1F1FF}]|[\u{20000}-\u{3FFFD}])/u;
const NO_WIDTH = /^[\p{Mark}\p{Format}]+$/u;
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

const graphemes = new Intl.Segmenter();

/**
 * Returns the number of columns that stdout has: the terminal's, else `COLUMNS`, else 80. A pipe or file without `COLUMNS` has
 * no limit, so that nothing is cut before `grep` or `awk` reads it.
 */
export function outputWidth(): number {
  const width = process.stdout.columns || Number(process.env['COLUMNS']);
  if (Number.isInteger(width) && width > 0) return width;
  return process.stdout.isTTY ? USUAL_WIDTH : Infinity;
}

/** Characters that are segmented at once, since the segmenter takes quadratic time. No terminal is that wide. */
const SEGMENTED_AT_ONCE = 1_000;

/** Returns the number of columns that a text of one line takes on a terminal. Of a very long text it is an estimate. */
export function displayWidth(text: string): number {
  if (PRINTABLE_ASCII.test(text)) return text.length;
  let width = 0;
  for (let at = 0; at < text.length; at += SEGMENTED_AT_ONCE)
    for (const { segment } of graphemes.segment(text.slice(at, at + SEGMENTED_AT_ONCE)))
      width += graphemeWidth(segment);
  return width;
}

/** Cuts a text of one line to a width of at least 1; a cut one ends in “…”. */
export function cutTo(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = '';
  let left = width - 1;
  for (const { segment } of graphemes.segment(text.slice(0, SEGMENTED_AT_ONCE))) {
    left -= graphemeWidth(segment);
    if (left < 0) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}

/** Adds spaces at the end of a text of one line up to a width. */
export function padTo(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

/** Breaks a text of one line between words. A word that is wider than the width has a line of its own. */
export function wrapTo(text: string, width: number): string[] {
  if (width === Infinity) return [text];
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || displayWidth(last) + 1 + displayWidth(word) > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

function graphemeWidth(grapheme: string): number {
  if (NO_WIDTH.test(grapheme)) return 0;
  return WIDE.test(grapheme) ? 2 : 1;
}
