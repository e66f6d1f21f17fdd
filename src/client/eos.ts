/** `eos <verb> hecate <noun> …` says the same as `hecate <verb> <noun> …`. */
export function withoutHecate(words: readonly string[]): string[] {
  const index = words.indexOf('hecate');
  return index >= 0 && index <= 1 ? [...words.slice(0, index), ...words.slice(index + 1)] : [...words];
}
