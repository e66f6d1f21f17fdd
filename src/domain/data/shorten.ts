/** Longest word that is shown whole; no name, address or URL that Hecate accepts and that people read is longer. */
const LONGEST_WORD = 600;
/** Characters of a longer word that are shown. */
const SHOWN = 60;

const LONG_WORDS = new RegExp(`[^\\s"'\`,]{${LONGEST_WORD + 1},}`, 'g');

/**
 * Returns a text for people with its long words cut: what somebody wrote into a message must not fill a terminal or a
 * workflow's history. Remove passwords first, since a cut word may have lost the mark after one.
 */
export function withShortWords(text: string): string {
  if (text.length <= LONGEST_WORD) return text;
  return text.replace(
    LONG_WORDS,
    (word) => `${word.slice(0, SHOWN)}… (${word.length.toLocaleString('en-US')} characters)`,
  );
}

const SEPARATORS = ' \t\n\r"\'`,';

/**
 * Returns the beginning of a text, at most `longest` characters, without a word that the cut would divide: what follows in
 * such a word tells whether it holds a password.
 */
export function beginningOf(text: string, longest: number): string {
  if (text.length <= longest) return text;
  let end = longest;
  while (end > 0 && !SEPARATORS.includes(text.charAt(end - 1))) end--;
  return `${text.slice(0, end)}…`;
}
