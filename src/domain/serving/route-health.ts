import { durationMs } from '../values/duration.js';
import { middlewareOf } from '../middleware/list.js';
import { withHealthCheck, type Pool } from './pool.js';
import type { Route } from '../resources/route.js';
import type { ServedRoute } from './served-route.js';

/** What was seen of one route. */
export interface RouteSight {
  /** Each server that its requests may go to, with what came of it. */
  readonly servers: readonly ServerSight[];
  /** What each proxy shows its visitors on HTTPS. */
  readonly certificates: readonly CertificateSight[];
}

/** How a server answered: with a status to its health check, or by taking a connection. */
export interface ServerSight {
  readonly dial: string;
  /** Null: no answer. `connected`: there is no health check, and it takes connections. */
  readonly answer: number | 'connected' | null;
  /** Status of a healthy answer: `200`, `2xx`; null: below 400. */
  readonly expected: string | null;
}

/** A certificate as one proxy shows it; null dates: the handshake was refused, or the proxy does not answer. */
export interface CertificateSight {
  readonly proxy: string;
  readonly issuer: string | null;
  readonly notBefore: string | null;
  readonly notAfter: string | null;
}

/** The judgement of one route. */
export interface RouteHealth extends RouteSight {
  readonly domain: string;
  readonly level: 'ok' | 'warn' | 'fail';
  /** Sentences for a person, the gravest first. */
  readonly details: readonly string[];
}

/** A server to be looked at. */
export interface ServerToCheck {
  readonly dial: string;
  readonly secure: boolean;
  /** Null: only whether it takes connections. */
  readonly check: Pool['healthCheck'];
}

/** Every server that a route's requests may go to now. */
export function serversToCheck({ route, pool, backup, canary, failover }: ServedRoute): ServerToCheck[] {
  if (sentTo(route) !== null) return [];
  const pools = [failover ? backup : pool, ...(canary ? [canary.pool] : [])];
  return pools.flatMap((one) => {
    if (one === null) return [];
    const { servers, tls, healthCheck } = withHealthCheck(one, route.healthCheck);
    return servers.map(({ dial }) => ({ dial, secure: tls !== null, check: healthCheck }));
  });
}

const DAY_MS = 86_400_000;
/** Time to bring another certificate. */
const WARNED_BEFORE_MS = 21 * DAY_MS;

/** What is right and wrong with a route. */
export function judgeRoute(served: ServedRoute, sight: RouteSight, now: string): RouteHealth {
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

/** As long as one server answers, visitors are answered. */
function serverFindings({ route }: ServedRoute, servers: readonly ServerSight[]): Finding[] {
  const elsewhere = sentTo(route);
  if (elsewhere !== null) {
    return [{ level: 'ok', detail: `sends every visitor to ${elsewhere}; its upstream is never asked` }];
  }
  if (servers.length === 0) return [{ level: 'fail', detail: 'its upstream is not known' }];
  const isAlone = !servers.some(isWell);
  return servers.map((server) => ({
    level: isWell(server) ? 'ok' : isAlone ? 'fail' : 'warn',
    detail: `${server.dial} ${answerText(server)}`,
  }));
}

/** Host that every visitor is sent to; null: they are passed on. */
function sentTo({ middleware }: Route): string | null {
  return middlewareOf(middleware).find(({ sendsTo }) => sendsTo !== undefined)?.sendsTo ?? null;
}

function isWell({ answer, expected }: ServerSight): boolean {
  if (answer === null || answer === 'connected') return answer !== null;
  if (expected === null) return answer < 400;
  return String(answer).startsWith(expected.replace('xx', ''));
}

function answerText({ answer }: ServerSight): string {
  if (answer === null) return 'does not answer';
  return answer === 'connected' ? 'takes connections' : `answers ${answer}`;
}

function certificateFinding({ route }: ServedRoute, sight: CertificateSight, now: string): Finding {
  const { proxy, issuer, notBefore, notAfter } = sight;
  if (notAfter === null) return { level: 'fail', detail: `${proxy} shows no certificate` };
  const detail = `certificate by ${issuer} until ${notAfter}`;
  if (notAfter <= now) return { level: 'fail', detail: `${detail}: expired` };
  const left = Date.parse(notAfter) - Date.parse(now);
  const life = Date.parse(notAfter) - Date.parse(notBefore ?? now);
  // What is issued lasts from hours to months and is renewed when a third is left.
  const warned = route.tls.certificate ? WARNED_BEFORE_MS : Math.min(WARNED_BEFORE_MS, life / 5);
  if (left >= warned) return { level: 'ok', detail };
  const why = route.tls.certificate ? 'bring another' : 'it was not renewed in time';
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

/** Milliseconds that a server has for its health check. */
export function checkTimeoutMs(check: NonNullable<Pool['healthCheck']>): number {
  return Math.min(durationMs(check.timeout), 10_000);
}
