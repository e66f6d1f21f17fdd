import { visible } from './print/visible.js';

/** Talk for a person, on stderr, a line or more. Everything that is said there goes through here. */
export function say(text: string): void {
  process.stderr.write(`${visible(text)}\n`);
}
