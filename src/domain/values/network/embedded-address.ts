import { canonicalRange, octetsOf } from './ip-range.js';

/** A way to write an IPv4 address inside an IPv6 one. */
interface Embedding {
  /** Matches IPv6 addresses of this form, written as 32 hex digits. */
  readonly form: RegExp;
  /** Places of the four octets. */
  readonly at: readonly number[];
  /** The octets are stored inverted. */
  readonly isInverted?: true;
}

const LAST = [12, 13, 14, 15];

/** The forms beside the IPv4-mapped one, which `canonicalRange` makes IPv4. */
const EMBEDDINGS: readonly Embedding[] = [
  // IPv4-compatible (RFC 4291, 2.5.5.1), deprecated; `::` and `::1` are none.
  { form: /^0{24}(?!0{7}[01])/, at: LAST },
  // IPv4-translated (RFC 2765).
  { form: /^0{16}ffff0{4}/, at: LAST },
  // NAT64 (RFC 6052), and its prefix for local use (RFC 8215), of which networks use /96 or /48.
  { form: /^0064ff9b0{16}/, at: LAST },
  { form: /^0064ff9b0001/, at: LAST },
  { form: /^0064ff9b0001/, at: [6, 7, 9, 10] },
  // 6to4 (RFC 3056).
  { form: /^2002/, at: [2, 3, 4, 5] },
  // Teredo (RFC 4380): the server, and the client.
  { form: /^20010000/, at: [4, 5, 6, 7] },
  { form: /^20010000/, at: LAST, isInverted: true },
  // ISATAP (RFC 5214), in any network.
  { form: /^.{16}0[02]005efe/, at: LAST },
];

/**
 * Returns an IP address in canonical form without its zone, and the IPv4 addresses that it contains when it is an IPv6 address
 * of a transition mechanism. A check of addresses looks at each of them. Empty: the text is no IP address.
 */
export function addressesIn(text: string): readonly string[] {
  const address = canonicalRange(text.split('%', 1)[0] ?? '');
  if (address === null || address.includes('/')) return [];
  if (!address.includes(':')) return [address];
  const octets = octetsOf(address) ?? [];
  const hex = octets.map((octet) => octet.toString(16).padStart(2, '0')).join('');
  const embedded = EMBEDDINGS.filter(({ form }) => form.test(hex)).map(({ at, isInverted = false }) =>
    at.map((place) => (octets[place] ?? 0) ^ (isInverted ? 0xff : 0)).join('.'),
  );
  return [address, ...embedded];
}
