/**
 * Returns a text without these characters at its end. Takes time proportional to the length; a pattern such as `/-+$/` would
 * be tried at every character of a run in the middle.
 */
export function withoutTrailing(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

/** As {@link withoutTrailing}, at the beginning. */
export function withoutLeading(text: string, characters: string): string {
  let start = 0;
  while (start < text.length && characters.includes(text.charAt(start))) start++;
  return text.slice(start);
}
