import { durationMs } from '../values/duration.js';
import { middlewareOf } from '../middleware/list.js';
import { hostsOf, type Route } from '../resources/route.js';
import { isHealthyStatus } from '../resources/health-check.js';
import { concreteHost } from '../values/network/domain-name.js';
import { withHealthCheck, type Pool } from './pool.js';
import type { ServedRoute } from './served-route.js';

/** One request that tells whether Caddy would get an answer for a route from a server. */
export interface UpstreamCheck {
  readonly dial: string;
  /** Null: plain HTTP. `serverName` null: the certificate is verified for the host in `dial`. */
  readonly tls: Pool['tls'];
  /** Value of the `Host` header. */
  readonly host: string;
  /** `/`, or path and query of the health check. */
  readonly path: string;
  /** Other request headers. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Statuses of a good answer: below 500 for a visitor's request, a code or class for a health check. */
  readonly expects: 'below 500' | `${number}` | `${number}xx`;
}

/**
 * Reasons why a server gave no answer. `protocol`: what it sends is not HTTP. `malformed`: it sends HTTP that Caddy refuses.
 * `broken`: its answer ends in the middle. `remote`: this machine cannot tell what the proxy's machine can reach.
 */
export type NoAnswer =
  'refused' | 'timeout' | 'name' | 'network' | 'tls' | 'tls-expected' | 'protocol' | 'malformed' | 'broken' | 'remote';

/** The answer of a server to a check. */
export type UpstreamAnswer =
  | { readonly kind: 'answered'; readonly status: number }
  /** `detail`: the reason in words, such as `self-signed certificate`. */
  | { readonly kind: 'failed'; readonly cause: NoAnswer; readonly detail: string };

/** What a check found. `unknown`: it was not asked, or only the proxy can tell. */
export type CheckVerdict =
  | { readonly kind: 'good' }
  | { readonly kind: 'unknown' }
  /** `text`: a clause about the server, such as `refuses connections`. */
  | {
      readonly kind: 'bad';
      readonly text: string;
      readonly status: number | null;
      readonly cause: NoAnswer | 'status';
    };

/** The part of a route's traffic that a group of servers gets. */
export type ServerRole = 'upstream' | 'canary' | 'backup';

/** The checks of one server of a route. */
export interface ServerChecks {
  readonly role: ServerRole;
  readonly dial: string;
  /** The health check, if there is one, and the request of a visitor. */
  readonly checks: readonly UpstreamCheck[];
}

/** Longest wait for an answer to a visitor's request, in milliseconds. */
export const VISIT_TIMEOUT_MS = 5_000;
/** Longest wait for an answer to a health check, in milliseconds. */
const LONGEST_CHECK_MS = 10_000;

/** Returns the checks of every server that may get a route's requests. Empty when the route answers every request itself. */
export function checksOf(served: ServedRoute): ServerChecks[] {
  const { route, pool, backup, canary, failover } = served;
  if (selfAnswer(route) !== null) return [];
  return [
    ...poolChecks(route, 'upstream', failover ? backup : pool),
    ...poolChecks(route, 'canary', canary?.pool ?? null),
    ...poolChecks(route, 'backup', failover ? null : backup),
  ];
}

/** Returns the checks of the servers of a pool for a route; empty without a pool. */
export function poolChecks(route: Route, role: ServerRole, pool: Pool | null): ServerChecks[] {
  if (pool === null) return [];
  const whole = withHealthCheck(pool, route);
  return whole.servers.map(({ dial }) => ({
    role,
    dial,
    checks: [...healthRequest(whole, dial), visitorRequest(route, whole, dial)],
  }));
}

function visitorRequest(route: Route, { tls }: Pool, dial: string): UpstreamCheck {
  const { host, headers } = requestHeaders(route, tls === null ? concreteHost(hostsOf(route)[0]) : dial);
  return { dial, tls, host, path: '/', headers, timeoutMs: VISIT_TIMEOUT_MS, expects: 'below 500' };
}

function healthRequest({ tls, healthCheck }: Pool, dial: string): UpstreamCheck[] {
  if (healthCheck === null) return [];
  const { path, timeout, status, host } = healthCheck;
  const expects = (status ?? '2xx') as UpstreamCheck['expects'];
  const timeoutMs = Math.min(durationMs(timeout), LONGEST_CHECK_MS);
  return [{ dial, tls, host: host ?? dial, path, headers: {}, timeoutMs, expects }];
}

/** A header `Host` of the route replaces the visitor's. Over TLS Caddy sends the server's own address without it (2.11). */
function requestHeaders({ headers }: Route, usual: string): Pick<UpstreamCheck, 'host' | 'headers'> {
  const isHost = ([name]: [string, string]) => name.toLowerCase() === 'host';
  const own = Object.entries(headers).find(isHost)?.[1];
  const others = Object.entries(headers).filter((one) => !isHost(one));
  return { host: own ?? usual, headers: Object.fromEntries(others) };
}

/** Returns how a route answers every request without its upstream: it sends visitors elsewhere, or turns them away. Null: it does not. */
export function selfAnswer({ middleware }: Pick<Route, 'middleware'>): 'redirect' | 'refusal' | null {
  const final = middlewareOf(middleware).find(({ isFinal, sendsTo }) => isFinal === true || sendsTo !== undefined);
  if (final === undefined) return null;
  return final.kind.name === 'redirect' ? 'redirect' : 'refusal';
}

/** Returns the verdict on a server's answer; `answer` null: it was not asked. */
export function verdictOf(check: UpstreamCheck, answer: UpstreamAnswer | null): CheckVerdict {
  if (answer === null) return { kind: 'unknown' };
  if (answer.kind === 'failed') {
    if (answer.cause === 'remote') return { kind: 'unknown' };
    return { kind: 'bad', text: failureText(check, answer), status: null, cause: answer.cause };
  }
  const { status } = answer;
  if (isExpected(check.expects, status)) return { kind: 'good' };
  const text =
    check.expects === 'below 500'
      ? `answers ${status} on ${check.path}`
      : `answers ${status} to the health check ${check.path}, which expects ${check.expects}`;
  return { kind: 'bad', text, status, cause: 'status' };
}

function isExpected(expects: UpstreamCheck['expects'], status: number): boolean {
  if (expects === 'below 500') return status < 500;
  return isHealthyStatus(expects, status);
}

function failureText({ timeoutMs }: UpstreamCheck, { cause, detail }: { cause: NoAnswer; detail: string }): string {
  switch (cause) {
    case 'refused':
      return 'refuses connections';
    case 'timeout':
      return `does not answer within ${timeoutMs / 1000} s`;
    case 'name':
      return 'has a name that cannot be resolved';
    case 'tls':
      return `is not accepted by Caddy as an HTTPS server: ${detail}`;
    case 'tls-expected':
      return 'expects TLS, but is used with plain HTTP';
    case 'protocol':
      return `gives no HTTP answer: ${detail}`;
    case 'malformed':
      return `gives an answer that Caddy refuses: ${detail}`;
    case 'broken':
      return 'breaks off its answer';
    case 'network':
    case 'remote':
      return `cannot be reached: ${detail}`;
  }
}

/** How much a server gives: 0 nothing, 1 only answers of 500 or above, 2 good answers. */
export type Rank = 0 | 1 | 2;

/** A bad verdict on a server, with what it gives nevertheless. */
export type BadServer = Extract<CheckVerdict, { readonly kind: 'bad' }> & { readonly rank: Rank };

/** Returns a check's answer; null: it was not asked. */
export type AnswerTo = (check: UpstreamCheck) => UpstreamAnswer | null;

/** Returns the first bad verdict on a server; null: no check found anything bad. */
export function badServer({ checks }: ServerChecks, answerTo: AnswerTo): BadServer | null {
  for (const check of checks) {
    const verdict = verdictOf(check, answerTo(check));
    if (verdict.kind !== 'bad') continue;
    // A failed health check takes a server out, whatever it would answer.
    return { ...verdict, rank: verdict.cause === 'status' && check.expects === 'below 500' ? 1 : 0 };
  }
  return null;
}

/** Returns how much a server gives; null: not known, because only the proxy can tell. */
export function rankOf(server: ServerChecks, answerTo: AnswerTo): Rank | null {
  const bad = badServer(server, answerTo);
  if (bad !== null) return bad.rank;
  return server.checks.some((check) => verdictOf(check, answerTo(check)).kind === 'unknown') ? null : 2;
}
