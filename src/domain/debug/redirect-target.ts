import { addressesIn, type NameRecords } from '../dns/records.js';
import type { Redirected } from '../serving/redirected.js';

/**
 * Judges by its DNS records the name of another server to which visitors are redirected. `found`: the judgement from its address
 * alone. Null: visitors may follow. `publicAddresses`: those of the proxy; null: not known.
 */
export function byName(
  to: URL,
  found: Redirected | null,
  { views }: NameRecords,
  publicAddresses: readonly string[] | null,
): Redirected | null {
  if (views.length > 0 && views.every(({ a, aaaa }) => a.kind === 'unknown' || aaaa.kind === 'unknown')) {
    const text = `visitors are redirected to ${to.origin}${to.pathname}, whose name does not exist in the DNS`;
    return { kind: 'nowhere', host: to.hostname, path: to.pathname, text };
  }
  const addresses = views.flatMap(addressesIn);
  const isOfOther = addresses.length > 0 && publicAddresses?.some((one) => addresses.includes(one)) === false;
  return isOfOther ? null : found;
}
