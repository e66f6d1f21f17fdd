import { importedChecks } from './health-checks.js';
import { importedDuration, listOf, objectOf, onlyKnown, type Foreign } from './json.js';
import { importedHeaders } from './headers.js';
import type { Json } from '../data/json.js';
import { loadBalancer, type Upstream } from '../resources/upstream.js';
import { parseUpstream, upstreamAddress } from '../values/network/upstream-address.js';

/** Settings of a `reverse_proxy` handler that routes and upstreams can express. */
export interface ImportedProxy extends Pick<Upstream, 'servers' | 'loadBalancer' | 'healthCheck'> {
  readonly headers: Readonly<Record<string, string>>;
  /** Middleware for request headers that are computed. */
  readonly middleware: readonly string[];
  /** Time until the response headers must arrive; null: no limit. */
  readonly timeout: string | null;
}

/** Imports a `reverse_proxy` handler. Reports other settings as foreign; ignore the result then. */
export function importedProxy(handler: Json, path: string, foreign: Foreign): ImportedProxy {
  const known = ['handler', 'upstreams', 'load_balancing', 'health_checks', 'headers', 'transport'];
  onlyKnown(handler, known, { path, foreign });
  const transport = objectOf(handler['transport']);
  const addresses = importedAddresses(handler, { path, foreign });
  const balanced = importedBalancing(objectOf(handler['load_balancing']), addresses.length, {
    path: `${path}/load_balancing`,
    foreign,
  });
  return {
    servers: addresses.map((address, index) => ({ address, weight: balanced.weights[index] ?? 1 })),
    loadBalancer: balanced.loadBalancer,
    healthCheck: importedChecks(objectOf(handler['health_checks']), `${path}/health_checks`, foreign),
    ...importedHeaders(objectOf(handler['headers']), isOnTls(transport), {
      path: `${path}/headers`,
      foreign,
    }),
    timeout: importedTimeout(transport['response_header_timeout'], `${path}/transport`, foreign),
  };
}

interface At {
  readonly path: string;
  readonly foreign: Foreign;
}

function importedAddresses(handler: Json, { path, foreign }: At): string[] {
  const transport = objectOf(handler['transport']);
  onlyKnown(transport, ['protocol', 'tls', 'response_header_timeout'], { path: `${path}/transport`, foreign });
  if ((transport['protocol'] ?? 'http') !== 'http')
    foreign(`${path}/transport/protocol`, 'upstreams use the http transport only');
  const tls = isOnTls(transport) ? objectOf(transport['tls']) : null;
  onlyKnown(tls ?? {}, ['server_name'], { path: `${path}/transport/tls`, foreign });
  const upstreams = listOf(handler['upstreams']).map(objectOf);
  if (upstreams.length === 0) foreign(`${path}/upstreams`, 'it has no servers');
  // Rewriting `:port` to `127.0.0.1:port` would change header placeholders, balancing and TLS verification, so keep it.
  const isSeen =
    upstreams.length > 1 || tls !== null || JSON.stringify(handler['headers'] ?? {}).includes('reverse_proxy.upstream');
  return upstreams.map((upstream, index) => {
    const at = { path: `${path}/upstreams/${index}`, foreign };
    onlyKnown(upstream, ['dial'], at);
    const dial = String(upstream['dial']);
    const address = addressOf(isSeen ? dial : withHost(dial), tls !== null);
    if (address === null) foreign(`${at.path}/dial`, `${dial} is not the address of a single server`);
    const name = tls?.['server_name'];
    const isOther =
      name !== undefined && (upstreams.length > 1 || address === null || parseUpstream(address).serverName !== name);
    if (isOther) foreign(`${path}/transport/tls/server_name`, 'servers are verified by the host name that is dialled');
    return address ?? '';
  });
}

function isOnTls(transport: Json): boolean {
  return (transport['tls'] ?? null) !== null;
}

/** Caddy dials an address without a host on the local machine. */
function withHost(dial: string): string {
  return dial.replace(/^(?=:\d+$)/, '127.0.0.1');
}

/** The upstream address with this dial address; null: none means exactly this. */
function addressOf(dial: string, tls: boolean): string | null {
  const text = dial.startsWith('unix/') ? dial : `${tls ? 'https' : 'http'}://${dial}`;
  const address = upstreamAddress.safeParse(text).data;
  if (address === undefined) return null;
  const parsed = parseUpstream(address);
  return parsed.dial === dial.toLowerCase() && parsed.tls === tls ? address : null;
}

interface Balanced {
  readonly loadBalancer: Upstream['loadBalancer'];
  readonly weights: readonly number[];
}

function importedBalancing(balancing: Json, servers: number, { path, foreign }: At): Balanced {
  onlyKnown(balancing, ['selection_policy'], { path, foreign });
  const { policy = 'random', ...more } = objectOf(balancing['selection_policy']);
  const at = `${path}/selection_policy`;
  if (servers <= 1) {
    if (policy === 'cookie') foreign(at, 'it sets a cookie although there is a single server');
    return { loadBalancer: 'round_robin', weights: [] };
  }
  if (policy === 'weighted_round_robin') {
    onlyKnown(more, ['weights'], { path: at, foreign });
    return { loadBalancer: 'weighted', weights: weightsOf(more['weights'], servers, { path: at, foreign }) };
  }
  // The default fallback of a cookie is a random server.
  const { fallback, ...others } = more;
  onlyKnown(policy === 'cookie' && objectOf(fallback)['policy'] === 'random' ? others : more, [], {
    path: at,
    foreign,
  });
  const known = loadBalancer.safeParse(policy);
  if (!known.success) foreign(at, `the selection policy ${String(policy)} has no counterpart`);
  return { loadBalancer: known.data ?? 'random', weights: [] };
}

function weightsOf(value: unknown, servers: number, { path, foreign }: At): number[] {
  const weights = listOf(value).filter(
    (one): one is number => Number.isInteger(one) && Number(one) >= 1 && Number(one) <= 100,
  );
  if (weights.length !== servers) foreign(`${path}/weights`, 'each server needs a whole weight from 1 to 100');
  return weights;
}

function importedTimeout(value: unknown, path: string, foreign: Foreign): string | null {
  if (value === undefined || value === 0) return null;
  const duration = importedDuration(value);
  if (duration === null) foreign(`${path}/response_header_timeout`, 'it is not a duration of at most a year');
  return duration;
}
