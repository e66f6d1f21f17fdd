import type { Json } from '../data/json.js';
import type { ResolvedSecrets } from '../middleware/resolved-secrets.js';
import { middlewareOf } from '../middleware/list.js';
import type { Route } from '../resources/route.js';

/** A route's middleware, in two parts around sign-in; each keeps the order that was given. */
export interface MiddlewareHandlers {
  /** Before it is asked who the visitor is. */
  readonly guards: readonly Json[];
  /** Right before the upstream. */
  readonly transforms: readonly Json[];
}

/** Headers that a route's middleware has the proxy send, computed for each request. */
export function toldHeaders({ middleware }: Pick<Route, 'middleware'>): Record<string, string> {
  return Object.fromEntries(
    middlewareOf(middleware).flatMap(({ told }) => (told ? [[told.name, told.placeholder]] : [])),
  );
}

/** The handlers of a route's middleware. */
export function middlewareHandlers(
  { domain, middleware }: Pick<Route, 'domain' | 'middleware'>,
  materials: ResolvedSecrets,
): MiddlewareHandlers {
  const items = middlewareOf(middleware);
  const handlers = (stage: 'guard' | 'transform') =>
    items.filter(({ kind }) => kind.stage === stage).flatMap((item) => item.handlers({ domain, materials }));
  return { guards: handlers('guard'), transforms: handlers('transform') };
}
