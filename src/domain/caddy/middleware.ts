import type { Json } from '../data/json.js';
import type { ResolvedSecrets } from '../middleware/resolved-secrets.js';
import { middlewareOf } from '../middleware/list.js';
import type { Route } from '../resources/route.js';

/** The handlers of a route's middleware, before and after sign-in, each in the order given. */
export interface MiddlewareHandlers {
  /** Before sign-in. */
  readonly guards: readonly Json[];
  /** After sign-in, directly before the upstream. */
  readonly transforms: readonly Json[];
}

/** Returns the handlers of a route's middleware. */
export function middlewareHandlers(
  { domain, middleware }: Pick<Route, 'domain' | 'middleware'>,
  secrets: ResolvedSecrets,
): MiddlewareHandlers {
  const items = middlewareOf(middleware);
  const handlers = (stage: 'guard' | 'transform') =>
    items.filter(({ kind }) => kind.stage === stage).flatMap((item) => item.handlers({ domain, secrets }));
  return { guards: handlers('guard'), transforms: handlers('transform') };
}
