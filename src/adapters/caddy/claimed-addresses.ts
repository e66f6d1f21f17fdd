import type { Json } from '../../domain/data/json.js';
import type { ProxySettings } from '../../domain/caddy/document.js';
import type { Claim } from '../../domain/drift/claims.js';

/** Servers of others that listen on Hecate's ports, as claims; `config` is Caddy's whole configuration. */
export function claimedAddresses(
  config: unknown,
  admin: string,
  settings: Pick<ProxySettings, 'httpPort' | 'httpsPort'>,
): Claim[] {
  return Object.entries(serversIn(config)).flatMap(([server, { listen }]) => {
    if (server === 'hecate' || !Array.isArray(listen)) return [];
    const removal = removalOf(server, admin);
    return listen.map(String).flatMap((address) => (isOwn(address, settings) ? [{ server, address, removal }] : []));
  });
}

/**
 * Returns Caddy's whole configuration without these claims. A server that listens on other addresses too keeps those; one
 * without another address is removed.
 */
export function withoutClaims(config: unknown, claims: readonly Claim[]): unknown {
  if (claims.length === 0) return config;
  const servers = Object.entries(serversIn(config)).flatMap(([name, server]) => {
    const taken = claims.filter((one) => one.server === name).map(({ address }) => address);
    if (taken.length === 0) return [[name, server] as const];
    const listen = [server['listen']].flat().filter((address) => !taken.includes(String(address)));
    return listen.length === 0 ? [] : [[name, { ...server, listen }] as const];
  });
  const { apps } = objectOf(config);
  const { http } = objectOf(apps);
  return {
    ...objectOf(config),
    apps: { ...objectOf(apps), http: { ...objectOf(http), servers: Object.fromEntries(servers) } },
  };
}

/** Caddy compares listeners as texts: only an address on every interface repeats that of Hecate's server. A range of ports has each of them. */
function isOwn(address: string, { httpPort, httpsPort }: Pick<ProxySettings, 'httpPort' | 'httpsPort'>): boolean {
  const [, from, to = from] = /^(?:tcp\/)?:(\d+)(?:-(\d+))?$/.exec(address) ?? [];
  return [httpPort, httpsPort].some((port) => Number(from) <= port && port <= Number(to));
}

/** Returns the command that removes a server from Caddy's configuration. */
export function removalOf(server: string, admin: string): string {
  const path = `/config/apps/http/servers/${encodeURIComponent(server)}`;
  if (admin.startsWith('unix/'))
    return `curl -X DELETE --unix-socket ${admin.slice('unix/'.length)} http://localhost${path}`;
  return `curl -X DELETE ${/^https?:/.test(admin) ? admin.replace(/\/$/, '') : `http://${admin}`}${path}`;
}

function serversIn(config: unknown): Readonly<Record<string, Json>> {
  const { http } = objectOf(objectOf(config)['apps']);
  return objectOf(objectOf(http)['servers']) as Readonly<Record<string, Json>>;
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}
