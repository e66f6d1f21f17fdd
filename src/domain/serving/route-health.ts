import { durationMs } from '../values/duration.js';
import { middlewareOf } from '../middleware/list.js';
import { withHealthCheck, type Pool } from './pool.js';
import { isHealthyStatus } from '../resources/health-check.js';
import type { Route } from '../resources/route.js';
import type { ServedRoute } from './served-route.js';

/** Observations of one route. */
export interface RouteSight {
  /** Each server that may get its requests, and its answer. */
  readonly servers: readonly ServerSight[];
  /** The certificate that each proxy presents for each host. */
  readonly certificates: readonly CertificateSight[];
}

/** A server's answer: the status of its health check, or an accepted connection. */
export interface ServerSight {
  readonly dial: string;
  /** Null: no answer. `connected`: without a health check, it accepts connections. */
  readonly answer: number | 'connected' | null;
  /** Status of a healthy answer, e.g. `200` or `2xx`; null: any 2xx. */
  readonly expected: string | null;
}

/** A certificate as one proxy presents it. Null dates: the handshake failed, or the proxy does not answer. */
export interface CertificateSight {
  readonly proxy: string;
  readonly issuer: string | null;
  readonly notBefore: string | null;
  readonly notAfter: string | null;
}

/** The health of one route. */
export interface RouteHealth extends RouteSight {
  readonly domain: string;
  readonly level: 'ok' | 'warn' | 'fail';
  /** Sentences for a person, the most severe first. */
  readonly details: readonly string[];
}

/** A server to check. */
export interface ServerToCheck {
  readonly dial: string;
  readonly secure: boolean;
  /** Null: only connect. */
  readonly check: Pool['healthCheck'];
}

/** Returns every server that may get a route's requests now. */
export function serversToCheck({ route, pool, backup, canary, failover }: ServedRoute): ServerToCheck[] {
  if (sentTo(route) !== null) return [];
  const pools = [failover ? backup : pool, ...(canary ? [canary.pool] : [])];
  return pools.flatMap((one) => {
    if (one === null) return [];
    const { servers, tls, healthCheck } = withHealthCheck(one, route);
    return servers.map(({ dial }) => ({ dial, secure: tls !== null, check: healthCheck }));
  });
}

const DAY_MS = 86_400_000;
/** Time before the end of a given certificate from which on health warns. */
const WARNED_BEFORE_MS = 21 * DAY_MS;

/** Returns the health of a route from its observations. */
export function routeHealthOf(served: ServedRoute, sight: RouteSight, now: string): RouteHealth {
  const findings = [
    ...serverFindings(served, sight.servers),
    ...sight.certificates.map((one) => certificateFinding(served, one, now)),
    ...overlayFindings(served, now),
  ];
  const grave = ['fail', 'warn', 'ok'] as const;
  const details = grave.flatMap((level) => findings.filter((one) => one.level === level).map(({ detail }) => detail));
  const level = grave.find((one) => findings.some((finding) => finding.level === one)) ?? 'ok';
  return { domain: served.route.domain, level, details, ...sight };
}

interface Finding {
  readonly level: RouteHealth['level'];
  readonly detail: string;
}

/** A server that does not answer is a failure only when no other one answers. */
function serverFindings({ route }: ServedRoute, servers: readonly ServerSight[]): Finding[] {
  const elsewhere = sentTo(route);
  if (elsewhere !== null) {
    return [{ level: 'ok', detail: `sends every visitor to ${elsewhere}; its upstream gets no requests` }];
  }
  if (servers.length === 0) return [{ level: 'fail', detail: 'its upstream does not exist' }];
  const isAlone = !servers.some(isWell);
  return servers.map((server) => ({
    level: isWell(server) ? 'ok' : isAlone ? 'fail' : 'warn',
    detail: `${server.dial} ${answerText(server)}`,
  }));
}

/** Host that middleware redirects every visitor to; null: requests are proxied. */
function sentTo({ middleware }: Route): string | null {
  return middlewareOf(middleware).find(({ sendsTo }) => sendsTo !== undefined)?.sendsTo ?? null;
}

function isWell({ answer, expected }: ServerSight): boolean {
  if (answer === null || answer === 'connected') return answer !== null;
  return isHealthyStatus(expected, answer);
}

function answerText({ answer }: ServerSight): string {
  if (answer === null) return 'does not answer';
  return answer === 'connected' ? 'accepts connections' : `answers ${answer}`;
}

function certificateFinding({ route }: ServedRoute, sight: CertificateSight, now: string): Finding {
  const { proxy, issuer, notBefore, notAfter } = sight;
  if (notAfter === null) return { level: 'fail', detail: `${proxy} presents no certificate` };
  const detail = `certificate by ${issuer} until ${notAfter}`;
  if (notAfter <= now) return { level: 'fail', detail: `${detail}: expired` };
  const left = Date.parse(notAfter) - Date.parse(now);
  const life = Date.parse(notAfter) - Date.parse(notBefore ?? now);
  // Issued certificates last from hours to months, and are renewed when a third of that is left.
  const warned = route.tls.certificate ? WARNED_BEFORE_MS : Math.min(WARNED_BEFORE_MS, life / 5);
  if (left >= warned) return { level: 'ok', detail };
  const why = route.tls.certificate ? 'replace it with --tls-cert and --tls-key' : 'it was not renewed in time';
  return { level: 'warn', detail: `${detail}: ${why}` };
}

function overlayFindings({ bypass, canary, failover }: ServedRoute, now: string): Finding[] {
  return [
    ...(bypass && bypass.until > now
      ? [{ level: 'warn' as const, detail: `sign-in is bypassed until ${bypass.until}` }]
      : []),
    ...(failover ? [{ level: 'warn' as const, detail: `in failover since ${failover.since}` }] : []),
    ...(canary
      ? [{ level: 'ok' as const, detail: `canary of ${canary.canary.percentage}% to ${canary.canary.upstream}` }]
      : []),
  ];
}

/** Milliseconds in which a server must answer its health check; at most 10,000. */
export function checkTimeoutMs(check: NonNullable<Pool['healthCheck']>): number {
  return Math.min(durationMs(check.timeout), 10_000);
}
