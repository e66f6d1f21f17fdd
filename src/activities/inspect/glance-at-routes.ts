import { hostsOf } from '../../domain/resources/route.js';
import { glancedHealthOf, type RouteHealth } from '../../domain/serving/route-health.js';
import { servedRoutes } from '../../domain/serving/served-route.js';
import type { HealthInspection, HealthQuestion } from '../../workflows/contracts/inspection.js';
import type { Dependencies } from '../dependencies.js';
import { hostLookup, nextPage, routesAsked } from './route-pages.js';
import { visitRoute } from './visit-route.js';

/** Routes in one page of the answer. */
const PAGE = 2_000;
/** Routes that are visited at the same time. */
const AT_A_TIME = 25;
/** Longest time for a page, in milliseconds. */
const PAGE_MS = 2_500;

/**
 * Asks once for each route, as a visitor of the first proxy, and follows no redirect. Leaves out the routes that it cannot ask
 * within 2.5 s, and those that had not answered by then. Writes nothing.
 */
export async function glanceAtRoutes(
  { log, proxies: [proxy], now }: Pick<Dependencies, 'log' | 'proxies' | 'now'>,
  question: HealthQuestion,
): Promise<HealthInspection> {
  const { state, logId } = await log.view();
  const all = servedRoutes(state);
  const asked = routesAsked(all, question);
  const page = asked.slice(0, PAGE);
  const next = nextPage(asked, page);
  if (proxy === undefined) return { routes: [], next };
  const deadlineMs = Date.now() + PAGE_MS;
  const context = { logId, routeOf: hostLookup(all), now: now(), deadlineMs, followsRedirects: false };
  const waiting = page.values();
  const routes: RouteHealth[] = [];
  const work = async () => {
    for (const served of waiting) {
      const [host] = hostsOf(served.route);
      const secure = await visitRoute(proxy, { scheme: 'https', host }, context);
      const isUnserved = secure.status === null && secure.problem === null;
      const visit = isUnserved ? await visitRoute(proxy, { scheme: 'http', host }, context) : secure;
      // The deadline cut it off, which says nothing about the route.
      if (Date.now() >= deadlineMs) return;
      routes.push(glancedHealthOf(served, { visit, isSecure: !isUnserved }, now()));
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return { routes, next };
}
