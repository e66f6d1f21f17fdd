import { find, type State } from '../../domain/log/state.js';
import type { AuthPolicy } from '../../domain/resources/auth-policy.js';
import { hostsOf } from '../../domain/resources/route.js';
import {
  mayBeObtaining,
  routeHealthOf,
  serversToCheck,
  type RouteHealth,
  type ServerSight,
} from '../../domain/serving/route-health.js';
import { findingsIn } from '../../domain/health/findings.js';
import { servedRoutes, type ServedRoute } from '../../domain/serving/served-route.js';
import { ownPartText, type OwnPart } from '../../domain/serving/own-part.js';
import { badServer, checksOf, type ServerChecks } from '../../domain/serving/upstream-check.js';
import type { Proxy } from '../../ports/proxy.js';
import type { HealthInspection, HealthQuestion } from '../../workflows/contracts/inspection.js';
import type { Dependencies } from '../dependencies.js';
import { answersOf } from '../plan/ask-upstreams.js';
import { glanceAtRoutes } from './glance-at-routes.js';
import { hostLookup, nextPage, routesAsked } from './route-pages.js';
import { seenBy, type Scene } from './seen-by.js';

/** Routes in one page of the answer. */
const PAGE = 250;
/** Routes that are checked at the same time. */
const AT_A_TIME = 25;
/** Longest time for the visits of one route, in milliseconds, so that a page of routes that hang ends before the activity does. */
const VISITS_MS = 6_000;
/** Longest time that a proxy takes for a certificate of its own authority, in milliseconds. */
const ISSUE_MS = 3_000;

/** Longest wait for the groups of the identity provider, in milliseconds. */
const GROUPS_MS = 5_000;

type Sources = Pick<Dependencies, 'log' | 'proxies' | 'now' | 'surroundings' | 'identity'>;

/** Findings in an answer: a message has a largest size. */
const MOST_FINDINGS = 1_000;

/**
 * Checks one route, or a page of routes after `after`: as a visitor through each proxy, and its servers from the worker. Adds
 * the findings about the environment when they are asked for. Writes nothing.
 */
export async function inspectHealth(
  deps: Sources & Pick<Dependencies, 'findFacts'>,
  question: HealthQuestion,
): Promise<HealthInspection> {
  const [inspection, facts] = await Promise.all([
    inspectRoutes(deps, question),
    question.withFindings === true ? deps.findFacts({ anew: true }) : null,
  ]);
  if (facts === null) return inspection;
  return { ...inspection, findings: findingsIn(facts).slice(0, MOST_FINDINGS) };
}

async function inspectRoutes(deps: Sources, question: HealthQuestion): Promise<HealthInspection> {
  if (question.glance === true) return glanceAtRoutes(deps, question);
  const { state, logId } = await deps.log.view();
  const all = servedRoutes(state);
  const asked = routesAsked(all, question);
  const page = asked.slice(0, PAGE);
  const ownParts = await deps.surroundings.ownParts([...new Set(page.flatMap(dialsOf))]);
  const missingGroups = missingGroupsOf(deps, page, state);
  const look = lookOnce(deps.proxies);
  const inspection = { ...deps, ownParts, missingGroups, state, logId, routeOf: hostLookup(all), look };
  const routes: RouteHealth[] = [];
  for (let from = 0; from < page.length; from += AT_A_TIME) {
    const some = page.slice(from, from + AT_A_TIME);
    routes.push(...(await Promise.all(some.map((served) => healthOf(served, inspection)))));
  }
  return { routes, next: nextPage(asked, page) };
}

interface Inspection extends Sources, Scene {
  readonly state: State;
  readonly look: Look;
  readonly ownParts: ReadonlyMap<string, OwnPart | 'unknown'>;
  /** Groups of policies that the identity provider lacks; empty as well when it does not answer. */
  readonly missingGroups: Promise<readonly string[]>;
}

/** Returns the policy of a protected route; undefined: it is open, or its policy does not exist. */
function policyOf({ route }: ServedRoute, state: State): AuthPolicy | undefined {
  return route.authPolicy === null ? undefined : find(state, 'AuthPolicy', route.authPolicy)?.value;
}

/** Groups that Hecate creates are left out: a missing one is drift. */
async function missingGroupsOf(
  { identity }: Sources,
  routes: readonly ServedRoute[],
  state: State,
): Promise<readonly string[]> {
  const policies = new Set(routes.flatMap((served) => policyOf(served, state) ?? []));
  const named = [...policies].flatMap(({ groups, createGroups }) => (createGroups ? [] : groups));
  if (identity === null || named.length === 0) return [];
  const tooLong = new Promise<readonly string[]>((resolve) => setTimeout(resolve, GROUPS_MS, []).unref());
  return Promise.race([identity.missingGroups([...new Set(named)]), tooLong]).catch(() => []);
}

function dialsOf(served: ServedRoute): string[] {
  return checksOf(served).map(({ dial }) => dial);
}

async function healthOf(served: ServedRoute, inspection: Inspection): Promise<RouteHealth> {
  const { proxies, state, now, look, ownParts, missingGroups } = inspection;
  const changedAt = find(state, 'Route', served.route.domain)?.updatedAt ?? now();
  const hosts = proxies.flatMap((proxy) => hostsOf(served.route).map((host) => ({ proxy, host })));
  const issueMs = mayBeObtaining(served, { now: now(), changedAt }) ? ISSUE_MS : 0;
  const waits = { issueMs, deadlineMs: Date.now() + issueMs + VISITS_MS, untilEnd: true };
  const [missing, servers, seen] = await Promise.all([
    missingGroups,
    Promise.all(serversToCheck(served).map(look)),
    Promise.all(hosts.map(({ proxy, host }) => seenBy(proxy, host, inspection, waits))),
  ]);
  const visits = seen.map(({ visit }) => visit);
  const certificates = seen.flatMap(({ certificate }) => certificate ?? []);
  const exposed = [...new Set(dialsOf(served))].flatMap((dial) => {
    const part = ownParts.get(dial);
    return part === undefined || part === 'unknown' ? [] : [ownPartText(dial, part)];
  });
  const policy = policyOf(served, state);
  const groups = policy?.createGroups === false ? policy.groups.filter((group) => missing.includes(group)) : [];
  const lacking = policy === undefined || groups.length === 0 ? null : { policy, groups };
  return routeHealthOf(served, { visits, servers, certificates }, { now: now(), changedAt }, { exposed, lacking });
}

type Look = (server: ServerChecks) => Promise<ServerSight>;

/** Asks each server once: many routes share one. */
function lookOnce(proxies: readonly Proxy[]): Look {
  const seen = new Map<string, Promise<Omit<ServerSight, 'role'>>>();
  return async (server) => {
    const key = JSON.stringify(server.checks);
    const sight = seen.get(key) ?? lookAt(proxies, server);
    seen.set(key, sight);
    return { ...(await sight), role: server.role };
  };
}

async function lookAt(proxies: readonly Proxy[], server: ServerChecks): Promise<Omit<ServerSight, 'role'>> {
  const answerTo = await answersOf(proxies, [server]);
  const [first] = server.checks.map(answerTo);
  const answer = first?.kind === 'answered' ? first.status : null;
  return { dial: server.dial, answer, problem: badServer(server, answerTo)?.text ?? null };
}
