import { canonicalRange } from './ip-range.js';

/**
 * Suffixes that the public DNS never delegates, so that an ACME authority cannot validate names below them. `example.com`,
 * `.net` and `.org` are not listed: they are delegated, and documentation uses them for any public name.
 */
const PRIVATE_SUFFIXES: readonly string[] = [
  // RFC 2606 and RFC 6761: reserved top-level names.
  ...['test', 'example', 'invalid', 'localhost'],
  // RFC 6762: multicast DNS, and the names of private networks in its appendix G; ICANN reserved `.internal` in 2024.
  ...['local', 'intranet', 'internal', 'private', 'corp', 'home', 'lan'],
  // ICANN delegates `.home`, `.corp` and `.mail` to nobody. `.localdomain` is the default of many resolvers.
  ...['mail', 'localdomain'],
  // RFC 7686 and RFC 9476: names outside the DNS.
  ...['onion', 'alt'],
  // RFC 6761: reverse names of private IPv4 addresses.
  ...['10.in-addr.arpa', '168.192.in-addr.arpa', '254.169.in-addr.arpa'],
  ...Array.from({ length: 16 }, (_, index) => `${16 + index}.172.in-addr.arpa`),
  // RFC 8375: homes. Its parent `.arpa` is public.
  'home.arpa',
];

const PRIVATE_IPV4 = /^(0|10|127|169\.254|172\.(1[6-9]|2\d|3[01])|192\.168|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./;
const PRIVATE_IPV6 = /^\[(::1?\]|f[cd]|fe[89ab])/;

/**
 * Returns true for a host name of private networks, for which no public authority issues certificates: a name without a dot,
 * or with a suffix reserved for private use. A wildcard counts like the names that it matches.
 */
export function isPrivateName(name: string): boolean {
  if (!name.includes('.')) return true;
  return PRIVATE_SUFFIXES.some((suffix) => name === suffix || name.endsWith(`.${suffix}`));
}

/** Returns true for a host whose text suggests that the Internet can reach it: a name, or an IP address (IPv6 in brackets). */
export function isPublicHost(host: string): boolean {
  if (/^[\d.]+$/.test(host)) return !PRIVATE_IPV4.test(host);
  if (!host.startsWith('[')) return !isPrivateName(host);
  // An IPv4 address that is written as IPv6.
  const address = canonicalRange(host.slice(1, -1)) ?? '';
  return address.includes(':') ? !PRIVATE_IPV6.test(host) : isPublicHost(address);
}
