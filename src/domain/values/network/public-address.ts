import { addressesIn } from './embedded-address.js';
import { uncovered } from './ip-range.js';

/** Ranges in which no server of the Internet is: IANA's registries of special-purpose addresses, and multicast. */
const SPECIAL_RANGES: readonly string[] = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4'],
];

/** The part of IPv6 from which the Internet has addresses, and what in it is for other uses. */
const GLOBAL_RANGE = '2000::/3';
const SPECIAL_GLOBAL_RANGES: readonly string[] = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

/**
 * Returns true for an IP address that a server of the Internet can have, and false for those of private networks, of this
 * machine, for documentation and other special uses; null: it is no IP address. An IPv4 address that is written as IPv6
 * (`::ffff:10.0.0.1`) counts as the IPv4 one. Addresses of NAT64, 6to4 and Teredo count as not public, and so does an ISATAP
 * address that contains an IPv4 address which is not.
 */
export function isPublicAddress(text: string): boolean | null {
  const addresses = addressesIn(text);
  return addresses.length === 0 ? null : addresses.every(isGlobal);
}

function isGlobal(address: string): boolean {
  const isIn = (ranges: readonly string[]) => uncovered([address], ranges).length === 0;
  if (!address.includes(':')) return !isIn(SPECIAL_RANGES);
  return isIn([GLOBAL_RANGE]) && !isIn(SPECIAL_GLOBAL_RANGES);
}
