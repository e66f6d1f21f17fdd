import type { UpstreamServer } from './resources/upstream.js';
import { parseUpstream } from './values/upstream-address.js';

/** Why these servers cannot stand in one upstream; null: they can. */
export function serversProblem(servers: readonly UpstreamServer[]): string | null {
  const parsed = servers.map(({ address }) => ({ address, ...parseUpstream(address) }));
  const twice = parsed.find(({ dial }, index) => parsed.findIndex((other) => other.dial === dial) !== index);
  if (twice) return `${twice.address} is given twice`;
  const [secure, plain] = [parsed.find(({ tls }) => tls), parsed.find(({ tls }) => !tls)];
  if (!secure || !plain) return null;
  return `${secure.address} speaks TLS and ${plain.address} does not; the servers of an upstream all do or none does`;
}

/** Whether two texts name the same server. */
export function isSameServer(a: string, b: string): boolean {
  return parseUpstream(a).dial === parseUpstream(b).dial;
}
