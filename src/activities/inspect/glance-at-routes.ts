import { find } from '../../domain/log/state.js';
import { hostsOf } from '../../domain/resources/route.js';
import { routeHealthOf, type RouteHealth } from '../../domain/serving/route-health.js';
import { servedRoutes } from '../../domain/serving/served-route.js';
import type { HealthInspection, HealthQuestion } from '../../workflows/contracts/inspection.js';
import type { Dependencies } from '../dependencies.js';
import { hostLookup, nextPage, routesAsked } from './route-pages.js';
import { seenBy } from './seen-by.js';

/** Routes in one page of the answer. */
const PAGE = 2_000;
/** Routes that are looked at at the same time. */
const AT_A_TIME = 64;
/** Longest time for a page, in milliseconds. */
const PAGE_MS = 1_500;

/**
 * Looks at routes as visitors of the first proxy, without asking their servers. Leaves out the routes that it cannot ask
 * within 1.5 s, and those that had not answered by then. Writes nothing.
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
  const scene = { logId, routeOf: hostLookup(all), now };
  const waiting = page.values();
  const routes: RouteHealth[] = [];
  const work = async () => {
    for (const served of waiting) {
      const [host] = hostsOf(served.route);
      const { visit, certificate } = await seenBy(proxy, host, scene, { issueMs: 0, deadlineMs });
      // The deadline cut it off, which says nothing about the route.
      if (Date.now() >= deadlineMs) return;
      const sight = { visits: [visit], certificates: certificate === null ? [] : [certificate], servers: null };
      const changedAt = find(state, 'Route', served.route.domain)?.updatedAt ?? now();
      routes.push(routeHealthOf(served, sight, { now: now(), changedAt }));
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return { routes, next };
}
