import type { ProxySettings } from '../../domain/caddy/document.js';

type Json = Readonly<Record<string, unknown>>;

/** Caddy's own. */
const USUAL = { http: 80, https: 443 };

/**
 * Why Hecate's server cannot stand beside those of others; null: it can. One setting says for all servers of a Caddy which
 * port is plain HTTP; where others are redirected to HTTPS, and whether a listener of ours speaks TLS, hangs on it.
 */
export function portsProblem(existing: unknown, { httpPort, httpsPort }: ProxySettings): string | null {
  const { http_port, https_port, servers } = objectOf(objectOf(objectOf(existing)['apps'])['http']);
  const others = Object.entries(objectOf(servers)).filter(([name]) => name !== 'hecate');
  const theirs = [Number(http_port ?? USUAL.http), Number(https_port ?? USUAL.https)];
  if (others.length === 0 || theirs[0] === httpPort) return null;
  const listens = others.flatMap(([, server]) => objectOf(server)['listen'] ?? []).map(String);
  const isUsed = listens.some((address) => theirs.some((port) => address.endsWith(`:${port}`)));
  if (http_port === undefined && !isUsed) return null;
  const which = `theirs are ${theirs.join(' and ')}, Hecate's ${httpPort} and ${httpsPort}`;
  return `it serves hosts of others as well, and one Caddy has one http_port and https_port: ${which}; use another Caddy, or those ports`;
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}
