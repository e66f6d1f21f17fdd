/**
 * Returns the candidate closest to a word, for "did you mean": at most a third of the word's length away (Levenshtein);
 * undefined: none is that close.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > LONGEST_WORD) return undefined;
  let best: { name: string; distance: number } | undefined;
  for (const name of candidates) {
    if (Math.abs(name.length - word.length) > word.length / 3) continue;
    const distance = editDistance(word, name);
    if (distance <= word.length / 3 && (!best || distance < best.distance)) best = { name, distance };
  }
  return best?.name;
}

/** Longer words are no misspelt names; comparing them takes time. */
const LONGEST_WORD = 500;

/** Returns the number of letters to insert, delete or replace (Levenshtein). */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitution));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
