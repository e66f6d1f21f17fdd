const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const LENGTH = 24;
const TIME_DIGITS = 10;

/**
 * Returns the id of a value that Hecate makes at `now` (ISO 8601 UTC) as this version of its secret. Two values of a secret never
 * get the same id, since the log orders its changes in time. Not a secret.
 */
export function editionAt(version: number, now: string): string {
  const time = digits(Date.parse(now)).padStart(TIME_DIGITS, 'a');
  return (time + digits(version).padStart(LENGTH - TIME_DIGITS, 'a')).slice(0, LENGTH);
}

/** Returns the id of a value for a hash (hex, at least 48 digits), for values that exist before the log knows them. */
export function editionOfHash(hex: string): string {
  const bytes = Array.from({ length: LENGTH }, (_, at) => Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16));
  return bytes.map((byte) => ALPHABET[byte % ALPHABET.length] ?? 'a').join('');
}

function digits(number: number): string {
  let left = number;
  let text = '';
  do {
    text = (ALPHABET[left % ALPHABET.length] ?? 'a') + text;
    left = Math.floor(left / ALPHABET.length);
  } while (left > 0);
  return text;
}
