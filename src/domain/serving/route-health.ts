import { lifeLeft, type LifeLeft } from './certificate-life.js';
import { bringsCertificate } from '../resources/tls.js';
import { answeringMiddleware, middlewareOf } from '../middleware/list.js';
import { isPrivateName } from '../values/network/network-name.js';
import { checksOf, selfAnswer, type ServerChecks, type ServerRole } from './upstream-check.js';
import type { AuthPolicy } from '../resources/auth-policy.js';
import type { Route } from '../resources/route.js';
import type { ServedRoute } from './served-route.js';

/** Observations of one route. */
export interface RouteSight {
  /** Each server that may get its requests, and its answer; null: not asked. */
  readonly servers: readonly ServerSight[] | null;
  /** What a visitor of each host gets from each proxy. */
  readonly visits: readonly VisitSight[];
  /** The certificate that each proxy presents for each host. */
  readonly certificates: readonly CertificateSight[];
}

/** The answer that a visitor gets in the end, after the redirects between hosts of routes. */
export interface VisitSight {
  readonly proxy: string;
  /** Where the visit began. */
  readonly url: string;
  /** Status of the last answer; null: there was none, because of `problem` or because there is no certificate. */
  readonly status: number | null;
  /** What is wrong with it, such as `visitors get 502`; null: nothing. */
  readonly problem: string | null;
  /** Why visitors probably cannot go on from it, such as a redirect to an address of the private network; null: nothing is known. */
  readonly warning: string | null;
  /** The last answer is a maintenance page. */
  readonly isMaintenance: boolean;
}

/** A server's answer to its health check or, without one, to a visitor's request. */
export interface ServerSight {
  /** The part of the route's traffic that it gets. */
  readonly role: ServerRole;
  readonly dial: string;
  /** Status; null: no answer, or only the proxy can tell. */
  readonly answer: number | null;
  /** A clause that says why Caddy gets no good answer, such as `refuses connections`; null: it gets one, or only it can tell. */
  readonly problem: string | null;
}

/** A certificate as one proxy presents it for a host. Null dates: it presents none. */
export interface CertificateSight {
  readonly proxy: string;
  readonly host: string;
  readonly issuer: string | null;
  readonly notBefore: string | null;
  readonly notAfter: string | null;
  readonly coversHost: boolean;
  /** Reason why browsers do not accept its authority; null: they do. */
  readonly untrusted: string | null;
}

/** How a route is. `maintenance`: visitors get its maintenance page, as somebody wants it. */
export type HealthLevel = 'ok' | 'warn' | 'maintenance' | 'fail';

/** All levels, the gravest first. */
export const healthLevels = ['fail', 'maintenance', 'warn', 'ok'] as const satisfies readonly HealthLevel[];

/** The health of one route. */
export interface RouteHealth extends RouteSight {
  readonly domain: string;
  readonly level: HealthLevel;
  /** Sentences for a person, the most severe first. */
  readonly details: readonly string[];
}

/** Returns the checks of every server that may get a route's requests now. */
export function serversToCheck(served: ServedRoute): ServerChecks[] {
  return checksOf(served).filter(({ role }) => role !== 'backup');
}

/** Time in which a new certificate may be on its way. Public authorities take seconds to minutes. */
const OBTAINING_MS = 10 * 60_000;

/** The present, and the time at which the route was changed last; both ISO 8601 UTC. */
export interface HealthClock {
  readonly now: string;
  readonly changedAt: string;
}

/** What is known of a route beside its observations. */
export interface RouteSurroundings {
  /**
   * One sentence for each of its servers that is a part of Hecate itself, for example since its name resolves to another
   * address than at the plan.
   */
  readonly exposed?: readonly string[];
  /** The policy of a protected route, with its groups that the identity provider lacks; null: it lacks none, or this is not known. */
  readonly lacking?: { readonly policy: AuthPolicy; readonly groups: readonly string[] } | null;
}

/** Returns the health of a route from its observations and what is known beside them. */
export function routeHealthOf(
  served: ServedRoute,
  sight: RouteSight,
  clock: HealthClock,
  { exposed = [], lacking = null }: RouteSurroundings = {},
): RouteHealth {
  const proxies = new Set(sight.visits.map(({ proxy }) => proxy));
  const findings = [
    ...exposed.map((detail): Finding => ({ level: 'fail', detail })),
    ...sight.visits.flatMap((one) => visitFindings(one, proxies.size > 1)),
    ...(sight.servers === null ? [] : serverFindings(served, sight.servers)),
    ...sight.certificates.map((one) => certificateFinding(served, one, clock)),
    ...(lacking === null || isBypassed(served, clock.now) ? [] : [groupFinding(lacking)]),
    ...overlayFindings(served, clock.now),
  ];
  return { ...summary(served, findings), ...sight };
}

function summary(
  { route }: ServedRoute,
  findings: readonly Finding[],
): Pick<RouteHealth, 'domain' | 'level' | 'details'> {
  const details = healthLevels.flatMap((level) =>
    findings.filter((one) => one.level === level).map(({ detail }) => detail),
  );
  const level = healthLevels.find((one) => findings.some((finding) => finding.level === one)) ?? 'ok';
  return { domain: route.domain, level, details };
}

/** Returns true while a certificate that the proxy has to obtain may be on its way. */
export function mayBeObtaining({ route }: Pick<ServedRoute, 'route'>, { now, changedAt }: HealthClock): boolean {
  return !bringsCertificate(route.tls) && Date.parse(now) - Date.parse(changedAt) < OBTAINING_MS;
}

interface Finding {
  readonly level: RouteHealth['level'];
  readonly detail: string;
}

function visitFindings({ proxy, status, problem, warning, isMaintenance }: VisitSight, namesProxy: boolean): Finding[] {
  const at = namesProxy ? `${proxy}: ` : '';
  if (problem !== null) return [{ level: 'fail', detail: `${at}${problem}` }];
  if (status === null) return [];
  if (isMaintenance) return [{ level: 'maintenance', detail: `${at}visitors get the maintenance page (${status})` }];
  if (warning !== null) return [{ level: 'warn', detail: `${at}${warning}` }];
  return [{ level: 'ok', detail: `${at}visitors get ${status}` }];
}

/** Visitors pass a policy by one of its groups, so it lets nobody in when it has none left. */
function groupFinding({ policy, groups }: NonNullable<RouteSurroundings['lacking']>): Finding {
  const hasNone = policy.groups.every((group) => groups.includes(group));
  const why = `${policy.provider} has no group ${groups.join(', ')}, which the policy ${policy.name} allows`;
  const who = hasNone ? '; it allows no other group, so it lets nobody in' : '';
  const wayOut = `create it there, or allow another one: hecate update auth-policy --name ${policy.name} --groups GROUP`;
  return { level: hasNone ? 'fail' : 'warn', detail: `${why}${who}; ${wayOut}` };
}

/** A server that does not answer is a failure only when no other one of its side answers: a canary's visitors have no other. */
function serverFindings({ route, canary }: ServedRoute, servers: readonly ServerSight[]): Finding[] {
  const elsewhere = sentTo(route);
  if (elsewhere !== null) {
    const rest = route.upstream === null ? 'it has no upstream' : 'its upstream gets no requests';
    return [{ level: 'ok', detail: `sends every visitor to ${elsewhere}; ${rest}` }];
  }
  const answering = answeringMiddleware(route.middleware);
  if (route.upstream === null && answering)
    return [{ level: 'ok', detail: `answers every request by ${answering.text}; it has no upstream` }];
  if (selfAnswer(route) !== null) return [];
  if (servers.length === 0) return [{ level: 'fail', detail: 'its upstream does not exist' }];
  const sides = new Set(servers.filter(isWell).map(({ role }) => role));
  const isUnvisited = (role: ServerRole) => canary?.canary.percentage === (role === 'canary' ? 0 : 100);
  return servers.map((server) => ({
    level: isWell(server) ? 'ok' : sides.has(server.role) || isUnvisited(server.role) ? 'warn' : 'fail',
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

function certificateFinding(served: ServedRoute, sight: CertificateSight, clock: HealthClock): Finding {
  const { route } = served;
  const { proxy, host, issuer, notBefore, notAfter } = sight;
  if (notBefore === null || notAfter === null) return missingCertificate(served, proxy, clock);
  const detail = `certificate by ${issuer} until ${notAfter}`;
  if (notAfter <= clock.now) return { level: 'fail', detail: `${detail}: expired` };
  if (notBefore > clock.now) return { level: 'fail', detail: `${detail}: not valid before ${notBefore}` };
  if (!sight.coversHost) return { level: 'fail', detail: `${detail}: it is not for ${host}` };
  const isUntrusted = sight.untrusted !== null && !expectsInternalAuthority(route, host);
  if (isUntrusted && !bringsCertificate(route.tls) && INTERNAL_ISSUER.test(issuer ?? '')) {
    return stillInternal(served, proxy, clock);
  }
  const life = lifeLeft({ notBefore, notAfter, isIssued: !bringsCertificate(route.tls) }, clock.now);
  const reasons = [
    ...(isUntrusted ? [`browsers do not accept it, because ${sight.untrusted}`] : []),
    ...[lifeReason(route, life) ?? []].flat(),
  ];
  if (reasons.length === 0) return { level: 'ok', detail };
  return { level: life.level === 'fail' ? 'fail' : 'warn', detail: `${detail}: ${reasons.join('; ')}` };
}

/** Returns what is wrong with the time that is left, with the way out; null: nothing. */
function lifeReason({ tls }: Route, { problem, level }: LifeLeft): string | null {
  if (problem === null || level === 'ok') return null;
  if (tls.secret !== undefined) return `${problem}; replace it: hecate update secret rotate --name ${tls.secret}`;
  return tls.certificate ? `${problem}; replace it with --tls-cert and --tls-key` : problem;
}

function missingCertificate(served: ServedRoute, proxy: string, clock: HealthClock): Finding {
  if (mayBeObtaining(served, clock)) {
    return { level: 'warn', detail: `${obtaining(proxy, clock)}; HTTPS works when it has it` };
  }
  const { tls, domain } = served.route;
  const why = missingReason(domain, tls);
  return { level: 'fail', detail: `${proxy} presents no certificate: ${why}` };
}

function missingReason(domain: string, { certificate, secret }: Route['tls']): string {
  if (secret !== undefined)
    return `the secret ${secret} may be missing from Vault; see: hecate read secret --name ${secret}`;
  return certificate
    ? `its key may be missing from Vault; set both with: hecate update route --domain ${domain} --tls-cert FILE --tls-key FILE`
    : 'none was issued; the reason is in: hecate logs caddy';
}

/** The name of Caddy's internal authority, whose certificate serves a host until a public authority has issued one. */
const INTERNAL_ISSUER = /^Caddy Local Authority/;

function stillInternal(served: ServedRoute, proxy: string, clock: HealthClock): Finding {
  if (mayBeObtaining(served, clock)) {
    return { level: 'warn', detail: `${obtaining(proxy, clock)}; browsers accept the route when it has it` };
  }
  const why = 'the public authority has issued none; the reason is in: hecate logs caddy';
  return { level: 'fail', detail: `browsers do not accept the internal certificate that ${proxy} presents: ${why}` };
}

function obtaining(proxy: string, { now, changedAt }: HealthClock): string {
  const seconds = Math.round((Date.parse(now) - Date.parse(changedAt)) / 1_000);
  return `${proxy} is obtaining its certificate, for ${seconds} s so far`;
}

/** Browsers do not know the proxy's internal authority, which serves private names and routes without a public certificate. */
function expectsInternalAuthority({ tls }: Route, host: string): boolean {
  return !bringsCertificate(tls) && (!tls.autoHTTPS || isPrivateName(host));
}

function overlayFindings({ bypass, canary, failover }: ServedRoute, now: string): Finding[] {
  return [
    ...(bypass && isBypassed({ bypass }, now)
      ? [{ level: 'warn' as const, detail: `sign-in is bypassed until ${bypass.until}` }]
      : []),
    ...(failover ? [{ level: 'warn' as const, detail: `in failover since ${failover.since}` }] : []),
    ...(canary
      ? [{ level: 'ok' as const, detail: `canary of ${canary.canary.percentage}% to ${canary.canary.upstream}` }]
      : []),
  ];
}

function isBypassed({ bypass }: Pick<ServedRoute, 'bypass'>, now: string): boolean {
  return bypass !== null && bypass.until > now;
}
