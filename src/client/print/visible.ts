const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/**
 * A text as it may reach a terminal: control characters stand there as `\x1b`, so that no name or value from elsewhere moves
 * the cursor, paints or hides anything. Line breaks and tabs stay.
 */
export function visible(text: string): string {
  return text.replace(CONTROL, (one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** Whether a text of one line has characters that do something rather than show something. */
export function hasControls(text: string): boolean {
  return /[\x00-\x1f\x7f-\x9f]/.test(text);
}

/** Talk for a person, on stderr, a line or more. Everything that is said there goes through here. */
export function toStderr(text: string): void {
  process.stderr.write(`${visible(text)}\n`);
}
