/** Removes `hecate` from `eos VERB hecate NOUN …`, also after `-o FORMAT`: the rest is a command line of `hecate`. */
export function withoutHecate(words: readonly string[]): string[] {
  for (let at = 0, before = 0; at < words.length && before < 2; at++) {
    const word = words[at] ?? '';
    if (word === 'hecate') return [...words.slice(0, at), ...words.slice(at + 1)];
    if (word === '-o' || word === '--output') at++;
    else if (!word.startsWith('-')) before++;
  }
  return [...words];
}
