import { servedHosts } from '../../domain/serving/hosts.js';
import type { ServedRoute } from '../../domain/serving/served-route.js';
import type { HealthQuestion } from '../../workflows/contracts/inspection.js';

/** Returns the routes that a question about health is about, on this page and later ones. */
export function routesAsked(routes: readonly ServedRoute[], { domain, after }: HealthQuestion): ServedRoute[] {
  return routes.filter(({ route }) =>
    domain === null ? after === null || route.domain > after : route.domain === domain,
  );
}

/** Returns `after` for the page that follows this one; null: it is the last. */
export function nextPage(asked: readonly ServedRoute[], page: readonly ServedRoute[]): string | null {
  return asked.length > page.length ? (page.at(-1)?.route.domain ?? null) : null;
}

/** Returns a function that finds the route which serves an exact host, by its name or by a wildcard; null: none does. */
export function hostLookup(routes: readonly ServedRoute[]): (host: string) => ServedRoute | null {
  const byHost = new Map(servedHosts(routes).map(({ host, served }) => [host, served]));
  return (host) => byHost.get(host) ?? byHost.get(`*.${host.split('.').slice(1).join('.')}`) ?? null;
}
