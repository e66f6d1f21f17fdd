const LONGEST = 120;

/** Longest text of an outcome or of the reason of an undo. Messages of systems are shorter. */
const LONGEST_SENTENCES = 2_000;

/** Returns sentences of unknown origin for the history: of limited length, and without control characters but for line ends and tabs. */
export function boundedSentences(text: unknown): string {
  if (typeof text !== 'string') return bounded(text);
  const shown = text.slice(0, LONGEST_SENTENCES).replace(/[^\P{C}\n\t]/gu, '\uFFFD');
  return text.length > LONGEST_SENTENCES ? `${shown}…` : shown;
}

/** Returns a text of unknown origin for a message or the history: short, and without control characters. */
export function bounded(text: unknown): string {
  const shown = String(typeof text === 'string' ? text.slice(0, LONGEST + 1) : typeof text).replace(
    /\p{C}/gu,
    '\uFFFD',
  );
  return shown.length > LONGEST ? `${shown.slice(0, LONGEST)}…` : shown;
}
