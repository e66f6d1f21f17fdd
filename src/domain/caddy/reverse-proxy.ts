import type { Json } from '../data/json.js';
import type { RequestHeaders } from '../middleware/kinds/request-headers.js';
import type { HealthCheck } from '../resources/health-check.js';
import type { Pool } from '../serving/pool.js';

/** Time that open WebSockets survive a reload. By default Caddy closes them at each reload. */
const STREAM_CLOSE_DELAY = '24h';

/** Methods whose requests may be retried. */
export const REPEATABLE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/** Passive health check: a server that failed gets no requests for this time. The values are nginx's defaults. */
const PASSIVE_CHECK = { fail_duration: '10s', max_fails: 1 };
/** Leaves out servers that failed, without counting failures. */
const PASSIVE_CHECK_WITHOUT_COUNTING = { max_fails: PASSIVE_CHECK.max_fails };
/**
 * Requests whose failure is the server's. Caddy counts errors of reading a visitor's request too, so that a malformed body or
 * method would take a server from everybody.
 */
const COUNTED: Json = {
  method: REPEATABLE_METHODS,
  not: [{ header: { 'Content-Length': ['*'] } }, { header: { 'Transfer-Encoding': ['*'] } }],
};

/** Settings of a proxy handler besides its pool. */
export interface ProxyOptions {
  /** Changes of the request's headers; absent: none. */
  readonly headers?: RequestHeaders;
  /** Uses the passive health check even for a single server, so that the backup takes over at once. */
  readonly remembersFailure?: boolean;
  /** Fields of the handler that replace the default ones. */
  readonly more?: Json;
}

/** The handlers that proxy requests to a pool. */
export function proxyHandlers(pool: Pool, options: ProxyOptions): readonly Json[] {
  const proxy = reverseProxy(pool, options);
  const checks = proxy['health_checks'] as { readonly passive?: Json } | undefined;
  if (checks?.passive === undefined) return [proxy];
  const uncounted = { ...proxy, health_checks: { ...checks, passive: PASSIVE_CHECK_WITHOUT_COUNTING } };
  const routes = [{ match: [COUNTED], handle: [proxy], terminal: true }, { handle: [uncounted] }];
  return [{ handler: 'subroute', routes }];
}

/** The `reverse_proxy` handler for a pool. */
export function reverseProxy(pool: Pool, options: ProxyOptions): Json {
  const { remembersFailure = false, more = {}, headers } = options;
  const request = headers === undefined ? {} : headerChanges(headers);
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
    ...(Object.keys(request).length > 0 ? { headers: { request } } : {}),
    ...(Object.keys(checks).length > 0 ? { health_checks: checks } : {}),
    ...more,
  };
}

function headerChanges({ set, delete: removed }: RequestHeaders): Json {
  const values = Object.entries(set).map(([name, value]) => [name, [value]] as const);
  return {
    ...(values.length > 0 ? { set: Object.fromEntries(values) } : {}),
    ...(removed.length > 0 ? { delete: removed } : {}),
  };
}

function transport({ tls, timeout }: Pool): Json {
  return {
    protocol: 'http',
    dial_timeout: '5s',
    ...(timeout === null ? {} : { response_header_timeout: timeout }),
    ...(tls ? { tls: tls.serverName === null ? {} : { server_name: tls.serverName } } : {}),
  };
}

/** Requests that could not be sent are retried on another server; others only with methods that are safe to repeat. */
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
      // Caddy sends each server a block of requests as long as its weight, so keep the weights small.
      const weights = servers.map(({ weight }) => weight);
      const divisor = weights.reduce(greatestCommonDivisor);
      return { policy: 'weighted_round_robin', weights: weights.map((weight) => weight / divisor) };
    }
    case 'round_robin':
    case 'least_conn':
    case 'random':
    case 'first':
      return { policy: loadBalancer };
    case 'ip_hash':
      // Caddy's own `ip_hash` hashes the address of a trusted proxy, not the visitor's.
      return { policy: 'client_ip_hash' };
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** Without a Host, Caddy sends each server its own address. */
function activeCheck({ path, interval, timeout, ...check }: HealthCheck): Json {
  return {
    uri: path,
    interval,
    timeout,
    fails: check.failureThreshold,
    passes: check.successThreshold,
    ...(check.host === null ? {} : { headers: { Host: [check.host] } }),
    ...(check.status === null ? {} : { expect_status: Number(check.status.replace('xx', '')) }),
  };
}
