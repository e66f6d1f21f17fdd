const LONGEST = 120;

/** Returns a text of unknown origin for a message or the history: short, and without control characters. */
export function bounded(text: unknown): string {
  const shown = String(typeof text === 'string' ? text.slice(0, LONGEST + 1) : typeof text).replace(
    /\p{C}/gu,
    '\uFFFD',
  );
  return shown.length > LONGEST ? `${shown.slice(0, LONGEST)}…` : shown;
}
