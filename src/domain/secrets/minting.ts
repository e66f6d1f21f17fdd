/** Forms of a value that Hecate mints. `whsec`: a key that signs webhooks, as the Standard Webhooks specification writes it. */
export const valueFormats = ['base64url', 'alphanumeric', 'hex', 'whsec'] as const;

/** A form and a length for new values. */
export interface Minting {
  readonly valueFormat: (typeof valueFormats)[number];
  /** In characters; `whsec` has a length of its own. */
  readonly valueLength: number;
}

/** Bytes of a key for webhooks: the specification allows 24 to 64. */
const KEY_BYTES = 32;

const DIGITS = '0123456789';
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

const alphabets = {
  base64url: `${LETTERS}${DIGITS}-_`,
  alphanumeric: `${LETTERS}${DIGITS}`,
  hex: `${DIGITS}abcdef`,
} as const;

/** Returns a new value. `random` returns so many random bytes. */
export function mintedText({ valueFormat, valueLength }: Minting, random: (count: number) => Uint8Array): string {
  if (valueFormat === 'whsec') return `whsec_${btoa(String.fromCharCode(...random(KEY_BYTES)))}`;
  const characters = alphabets[valueFormat];
  // Other bytes are left out, since they would make some characters more frequent than others.
  const usable = 256 - (256 % characters.length);
  let text = '';
  while (text.length < valueLength) {
    for (const byte of random(valueLength)) if (byte < usable) text += characters[byte % characters.length] ?? '';
  }
  return text.slice(0, valueLength);
}
