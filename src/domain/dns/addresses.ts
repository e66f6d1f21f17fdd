import { canonicalRange, uncovered } from '../values/network/ip-range.js';

/** Addresses that the public internet has no way to (RFC 6890 and its registries). */
const RESERVED = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4'],
  ...[
    '240.0.0.0/4',
    '::/127',
    '64:ff9b:1::/48',
    '100::/64',
    '2001:db8::/32',
    '3fff::/20',
    'fc00::/7',
    'fe80::/10',
    'ff00::/8',
  ],
];

/** Addresses of Cloudflare's proxies, as www.cloudflare.com/ips has them. */
const CLOUDFLARE = [
  ...['173.245.48.0/20', '103.21.244.0/22', '103.22.200.0/22', '103.31.4.0/22', '141.101.64.0/18', '108.162.192.0/18'],
  ...['190.93.240.0/20', '188.114.96.0/20', '197.234.240.0/22', '198.41.128.0/17', '162.158.0.0/15', '104.16.0.0/13'],
  ...['104.24.0.0/14', '172.64.0.0/13', '131.0.72.0/22'],
  ...[
    '2400:cb00::/32',
    '2606:4700::/32',
    '2803:f800::/32',
    '2405:b500::/32',
    '2405:8100::/32',
    '2a06:98c0::/29',
    '2c0f:f248::/32',
  ],
];

/** Returns true for addresses that no visitor from outside reaches. */
export function isReserved(address: string): boolean {
  return isIn(address, RESERVED);
}

/** Returns true for addresses of Cloudflare's proxies. */
export function isCloudflare(address: string): boolean {
  return isIn(address, CLOUDFLARE);
}

/** Returns true when one of these addresses or ranges contains the address. */
export function isIn(address: string, ranges: readonly string[]): boolean {
  const [one, others] = [canonicalRange(address), ranges.flatMap((range) => canonicalRange(range) ?? [])];
  return one !== null && uncovered([one], others).length === 0;
}
