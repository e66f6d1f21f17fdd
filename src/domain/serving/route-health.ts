import { answeringMiddleware, middlewareOf } from '../middleware/list.js';
import { checksOf, type ServerChecks } from './upstream-check.js';
import type { Route } from '../resources/route.js';
import type { ServedRoute } from './served-route.js';

/** Observations of one route. */
export interface RouteSight {
  /** Each server that may get its requests, and its answer. */
  readonly servers: readonly ServerSight[];
  /** The certificate that each proxy presents for each host. */
  readonly certificates: readonly CertificateSight[];
}

/** A server's answer to its health check or, without one, to a visitor's request. */
export interface ServerSight {
  readonly dial: string;
  /** Status; null: no answer, or only the proxy can tell. */
  readonly answer: number | null;
  /** A clause that says why Caddy gets no good answer, such as `refuses connections`; null: it gets one, or only it can tell. */
  readonly problem: string | null;
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

/** Returns the checks of every server that may get a route's requests now. */
export function serversToCheck(served: ServedRoute): ServerChecks[] {
  return checksOf(served).filter(({ role }) => role !== 'backup');
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
    const rest = route.upstream === null ? 'it has no upstream' : 'its upstream gets no requests';
    return [{ level: 'ok', detail: `sends every visitor to ${elsewhere}; ${rest}` }];
  }
  const answering = answeringMiddleware(route.middleware);
  if (route.upstream === null && answering)
    return [{ level: 'ok', detail: `answers every request by ${answering.text}; it has no upstream` }];
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

function isWell({ problem }: ServerSight): boolean {
  return problem === null;
}

function answerText({ answer, problem }: ServerSight): string {
  return problem ?? (answer === null ? 'is asked by the proxy only' : `answers ${answer}`);
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
