import { canonicalRange } from '../values/network/ip-range.js';

/** Setting with the addresses under which visitors reach the proxies. */
export const PUBLIC_ADDRESSES = 'HECATE_PUBLIC_ADDRESSES';

/** Parses the public addresses of the proxies, separated by commas or spaces. Returns the first text that is none; null: it is empty. */
export function publicAddresses(text: string): readonly string[] | { readonly wrong: string } | null {
  const items = text.split(/[\s,]+/).filter((one) => one !== '');
  const wrong = items.find((one) => canonicalRange(one) === null);
  if (wrong !== undefined) return { wrong };
  return items.length === 0 ? null : items;
}
