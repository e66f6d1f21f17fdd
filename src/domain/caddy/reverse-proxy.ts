import type { Json } from '../data/json.js';
import { literal } from '../middleware/handlers.js';
import type { Pool } from '../serving/pool.js';

/** How long a reload leaves open WebSockets alone; Caddy closes them at every reload otherwise. */
const STREAM_CLOSE_DELAY = '24h';

/** Methods whose requests may be sent a second time. */
export const REPEATABLE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/** How a server that failed is left alone for a while: nginx' defaults. */
const PASSIVE_CHECK = { fail_duration: '10s', max_fails: 1 };

/** What goes with a pool into one handler. */
export interface ProxyOptions {
  /** Headers that the upstream receives as they are. */
  readonly literal: Readonly<Record<string, string>>;
  /** Headers that are computed for each request, by Caddy's placeholders; they win. */
  readonly told?: Readonly<Record<string, string>>;
  /** Remember a failed server also where there is no other: whoever stands in for it takes over at once then. */
  readonly remembersFailure?: boolean;
  /** Fields that replace the usual ones. */
  readonly more?: Json;
}

/** The handler that passes requests on to a pool. */
export function reverseProxy(pool: Pool, options: ProxyOptions): Json {
  const { remembersFailure = false, more = {} } = options;
  const set = headersOf(options);
  const several = pool.servers.length > 1;
  const checks = {
    ...(pool.healthCheck ? { active: activeCheck(pool.healthCheck) } : {}),
    ...(several || remembersFailure ? { passive: PASSIVE_CHECK } : {}),
  };
  return {
    handler: 'reverse_proxy',
    upstreams: pool.servers.map(({ dial }) => ({ dial })),
    ...(several ? { load_balancing: balancing(pool) } : {}),
    transport: transport(pool),
    stream_close_delay: STREAM_CLOSE_DELAY,
    ...(Object.keys(set).length > 0 ? { headers: { request: { set } } } : {}),
    ...(Object.keys(checks).length > 0 ? { health_checks: checks } : {}),
    ...more,
  };
}

function headersOf({ literal: fixed, told = {} }: ProxyOptions): Record<string, string[]> {
  const names = new Set(Object.keys(told).map((name) => name.toLowerCase()));
  return Object.fromEntries([
    ...Object.entries(fixed).flatMap(([name, value]) =>
      names.has(name.toLowerCase()) ? [] : [[name, [literal(value)]]],
    ),
    ...Object.entries(told).map(([name, placeholder]) => [name, [placeholder]]),
  ]) as Record<string, string[]>;
}

function transport({ tls, timeout }: Pool): Json {
  return {
    protocol: 'http',
    dial_timeout: '5s',
    ...(timeout === null ? {} : { response_header_timeout: timeout }),
    ...(tls ? { tls: tls.serverName === null ? {} : { server_name: tls.serverName } } : {}),
  };
}

/** A request that met a dead server is tried on another; one that a server may have acted on only when that is harmless. */
function balancing(pool: Pool): Json {
  return {
    selection_policy: selection(pool),
    retries: Math.min(pool.servers.length - 1, 2),
    retry_match: [{ method: REPEATABLE_METHODS }],
  };
}

function selection({ loadBalancer, servers }: Pool): Json {
  switch (loadBalancer) {
    case 'cookie':
      return { policy: 'cookie', fallback: { policy: 'random' } };
    case 'weighted': {
      // Caddy serves in blocks of these lengths, so they are as short as can be.
      const weights = servers.map(({ weight }) => weight);
      const divisor = weights.reduce(greatestCommonDivisor);
      return { policy: 'weighted_round_robin', weights: weights.map((weight) => weight / divisor) };
    }
    case 'round_robin':
    case 'least_conn':
    case 'random':
    case 'first':
    case 'ip_hash':
      return { policy: loadBalancer };
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** Three failures and two successes turn the state: the predecessor's thresholds. */
function activeCheck({ path, interval, timeout, status }: NonNullable<Pool['healthCheck']>): Json {
  const expected = status === null ? {} : { expect_status: Number(status.replace('xx', '')) };
  return { uri: path, interval, timeout, fails: 3, passes: 2, ...expected };
}
