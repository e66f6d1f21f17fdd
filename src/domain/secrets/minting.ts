/** Forms of a value that Hecate mints. `whsec`: a key that signs webhooks, as the Standard Webhooks specification writes it. */
export const valueFormats = ['base64url', 'alphanumeric', 'hex', 'whsec'] as const;

/** A form and a length for new values. */
export interface Minting {
  readonly valueFormat: (typeof valueFormats)[number];
  /** In characters; null: as many as 256 random bits need. */
  readonly valueLength: number | null;
}

/** Bytes of a key for webhooks: the specification allows 24 to 64. */
const KEY_BYTES = 32;

const DIGITS = '0123456789';
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Characters of a form, and how many of them hold 256 bits. */
const alphabets = {
  base64url: { characters: `${LETTERS}${DIGITS}-_`, usual: 43 },
  alphanumeric: { characters: `${LETTERS}${DIGITS}`, usual: 43 },
  hex: { characters: `${DIGITS}abcdef`, usual: 64 },
} as const;

/** Returns a new value. `random` returns so many random bytes. */
export function mintedText({ valueFormat, valueLength }: Minting, random: (count: number) => Uint8Array): string {
  if (valueFormat === 'whsec') return `whsec_${btoa(String.fromCharCode(...random(KEY_BYTES)))}`;
  const { characters, usual } = alphabets[valueFormat];
  const length = valueLength ?? usual;
  // Other bytes are left out, since they would make some characters more frequent than others.
  const usable = 256 - (256 % characters.length);
  let text = '';
  while (text.length < length) {
    for (const byte of random(length)) if (byte < usable) text += characters[byte % characters.length] ?? '';
  }
  return text.slice(0, length);
}
