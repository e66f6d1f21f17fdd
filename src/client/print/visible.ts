const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/**
 * Escapes control characters as `\x1b`, so that no name or value can move the cursor, colour or hide anything on a
 * terminal. Line breaks and tabs stay.
 */
export function visible(text: string): string {
  return text.replace(CONTROL, (one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** Prints lines for a person on stderr, with control characters escaped. */
export function toStderr(text: string): void {
  process.stderr.write(`${visible(text)}\n`);
}
