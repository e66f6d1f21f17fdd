import type { ProxySettings } from '../../domain/caddy/document.js';

type Json = Readonly<Record<string, unknown>>;

/** Caddy's default ports. */
const USUAL = { http: 80, https: 443 };

/**
 * The reason why Hecate's server cannot run beside the servers of others in the same Caddy; null when it can. `http_port`
 * and `https_port` hold for all servers of a Caddy: they decide which listeners speak TLS and where redirects to HTTPS go.
 */
export function portConflict(existing: unknown, { httpPort, httpsPort }: ProxySettings): string | null {
  const { http_port, https_port, servers } = objectOf(objectOf(objectOf(existing)['apps'])['http']);
  const others = Object.entries(objectOf(servers)).filter(([name]) => name !== 'hecate');
  const theirs = [Number(http_port ?? USUAL.http), Number(https_port ?? USUAL.https)];
  if (others.length === 0 || theirs[0] === httpPort) return null;
  const listens = others.flatMap(([, server]) => objectOf(server)['listen'] ?? []).map(String);
  const isUsed = listens.some((address) => theirs.some((port) => address.endsWith(`:${port}`)));
  if (http_port === undefined && !isUsed) return null;
  const ports = `it uses ${theirs.join(' and ')}, Hecate is set to ${httpPort} and ${httpsPort}`;
  return (
    `this Caddy has other servers on other ports, and all servers of a Caddy share http_port and https_port: ${ports}. ` +
    `Give Hecate those ports (HECATE_CADDY_HTTP, HECATE_CADDY_HTTPS), or a Caddy of its own`
  );
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}
