const V4_OCTETS = 4;

/** Ranges of private networks and of this machine (RFC 1918, RFC 4193, RFC 4291, loopback). */
export const PRIVATE_RANGES: readonly string[] = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
];

/** Returns the IPv6 form of an IPv4 range (`::ffff:10.0.0.0/104` for `10.0.0.0/8`), as some proxies write addresses; null for an IPv6 range. */
export function mappedRange(range: string): string | null {
  if (range.includes(':')) return null;
  const [address = '', bits = '32'] = range.split('/');
  return `::ffff:${address}/${96 + Number(bits)}`;
}

/**
 * Returns the canonical text of an IP address or CIDR range, e.g. `10.0.0.0/8` for `10.1.2.3/8`; null: it is not one.
 * IPv4-mapped IPv6 (`::ffff:10.0.0.1`) becomes IPv4, because that is how a proxy sees such clients.
 */
export function canonicalRange(text: string): string | null {
  const [, address = '', suffix] = /^([0-9a-f:.]+)(?:\/(\d{1,3}))?$/i.exec(text.trim()) ?? [];
  const octets = octetsOf(address);
  if (octets === null) return null;
  const bits = suffix === undefined ? octets.length * 8 : Number(suffix);
  if (bits > octets.length * 8) return null;
  const network = octets.map((octet, index) => octet & mask(bits - index * 8));
  return isMapped(network, bits) ? print(network.slice(-V4_OCTETS), bits - 96) : print(network, bits);
}

/** Returns the ranges that the others do not contain completely. Expects canonical texts. */
export function uncovered(ranges: readonly string[], others: readonly string[]): string[] {
  const spans = others.map(spanOf).sort((a, b) => (a.first < b.first ? -1 : 1));
  return ranges.filter((range) => {
    const { bits, first, last } = spanOf(range);
    let next = first;
    for (const span of spans) if (span.bits === bits && span.first <= next && span.last >= next) next = span.last + 1n;
    return next <= last;
  });
}

/** The first and the last address of a range as numbers, and the length of its addresses. */
function spanOf(range: string): { readonly bits: number; readonly first: bigint; readonly last: bigint } {
  const [address = '', suffix] = range.split('/');
  const octets = octetsOf(address) ?? [];
  const bits = octets.length * 8;
  const first = octets.reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n);
  const size = 1n << BigInt(bits - Number(suffix ?? bits));
  return { bits, first, last: first + size - 1n };
}

/** Returns the 4 or 16 octets of an IP address; null: it is not one. */
export function octetsOf(address: string): number[] | null {
  if (!address.includes(':')) return v4Octets(address);
  if (!URL.canParse(`http://[${address}]`)) return null;
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const [left, right] = [groupsOf(head), groupsOf(tail ?? '')];
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right].flatMap((group) => [
    group >> 8,
    group & 0xff,
  ]);
}

function v4Octets(address: string): number[] | null {
  const parts = address.split('.');
  const areOctets = parts.length === V4_OCTETS && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part));
  const octets = parts.map(Number);
  return areOctets && octets.every((octet) => octet <= 255) ? octets : null;
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => parseInt(group, 16));
}

/** Mask for the first `bits` of an octet. */
function mask(bits: number): number {
  return bits >= 8 ? 0xff : bits <= 0 ? 0 : 0x100 - 2 ** (8 - bits);
}

function isMapped(octets: readonly number[], bits: number): boolean {
  return bits >= 96 && octets.length > V4_OCTETS && octets.slice(0, 12).join() === '0,0,0,0,0,0,0,0,0,0,255,255';
}

function print(octets: readonly number[], bits: number): string {
  const address = octets.length === V4_OCTETS ? octets.join('.') : printV6(octets);
  return bits === octets.length * 8 ? address : `${address}/${bits}`;
}

function printV6(octets: readonly number[]): string {
  const groups = octets.flatMap((octet, index) =>
    index % 2 === 0 ? [((octet << 8) | (octets[index + 1] ?? 0)).toString(16)] : [],
  );
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}
