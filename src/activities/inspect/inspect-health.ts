import {
  routeHealthOf,
  serversToCheck,
  type CertificateSight,
  type RouteHealth,
  type ServerSight,
} from '../../domain/serving/route-health.js';
import { servedRoutes, type ServedRoute } from '../../domain/serving/served-route.js';
import {
  badServer,
  type ServerChecks,
  type UpstreamAnswer,
  type UpstreamCheck,
} from '../../domain/serving/upstream-check.js';
import { askUpstreams } from '../plan/ask-upstreams.js';
import { hostsOf } from '../../domain/resources/route.js';
import type { Proxy } from '../../ports/proxy.js';
import type { HealthInspection, HealthQuestion } from '../../workflows/contracts/inspection.js';
import type { Dependencies } from '../dependencies.js';

/** Routes in one page of the answer. */
const PAGE = 250;
/** Routes that are checked at the same time. */
const AT_A_TIME = 25;

/** Checks one route, or a page of 250 routes after `after`, from the worker. Writes nothing. */
export async function inspectHealth(
  { log, proxies, now }: Pick<Dependencies, 'log' | 'proxies' | 'now'>,
  { domain, after }: HealthQuestion,
): Promise<HealthInspection> {
  const { state } = await log.view();
  const asked = servedRoutes(state).filter(({ route }) =>
    domain === null ? after === null || route.domain > after : route.domain === domain,
  );
  const page = asked.slice(0, PAGE);
  const look = lookOnce(proxies);
  const routes: RouteHealth[] = [];
  for (let from = 0; from < page.length; from += AT_A_TIME) {
    const some = page.slice(from, from + AT_A_TIME);
    routes.push(...(await Promise.all(some.map((served) => healthOf(served, proxies, look, now())))));
  }
  return { routes, next: asked.length > page.length ? (page.at(-1)?.route.domain ?? null) : null };
}

type Look = (server: ServerChecks) => Promise<ServerSight>;

/** Asks each server once: many routes share one. */
function lookOnce(proxies: readonly Proxy[]): Look {
  const seen = new Map<string, Promise<ServerSight>>();
  return (server) => {
    const key = JSON.stringify(server.checks);
    const sight = seen.get(key) ?? lookAt(proxies, server);
    seen.set(key, sight);
    return sight;
  };
}

async function lookAt(proxies: readonly Proxy[], server: ServerChecks): Promise<ServerSight> {
  const answers = new Map<string, UpstreamAnswer>();
  await askUpstreams(
    proxies,
    server.checks.map((check) => ({ check })),
    answers,
  );
  const answerTo = (check: UpstreamCheck) => answers.get(JSON.stringify(check)) ?? null;
  const [first] = server.checks.map(answerTo);
  const answer = first?.kind === 'answered' ? first.status : null;
  return { dial: server.dial, answer, problem: badServer(server, answerTo)?.text ?? null };
}

async function healthOf(served: ServedRoute, proxies: readonly Proxy[], look: Look, now: string): Promise<RouteHealth> {
  const [servers, certificates] = await Promise.all([
    Promise.all(serversToCheck(served).map(look)),
    Promise.all(proxies.flatMap((proxy) => hostsOf(served.route).map((host) => certificateOf(proxy, host)))),
  ]);
  return routeHealthOf(served, { servers, certificates }, now);
}

async function certificateOf(proxy: Proxy, host: string): Promise<CertificateSight> {
  const shown = await proxy.certificate(host).catch(() => null);
  const { issuer = null, notBefore = null, notAfter = null } = shown ?? {};
  return { proxy: proxy.name, issuer, notBefore, notAfter };
}
