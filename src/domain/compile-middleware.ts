import type { Json } from './json.js';
import type { Materials } from './materials.js';
import type { Route } from './route.js';

/** A route's middleware, in two parts around sign-in; each keeps the order that was given. */
export interface MiddlewareHandlers {
  /** Before it is asked who the visitor is. */
  readonly guards: readonly Json[];
  /** Right before the upstream. */
  readonly transforms: readonly Json[];
}

/** The handlers of a route's middleware. */
export function middlewareHandlers(_middleware: Route['middleware'], _materials: Materials): MiddlewareHandlers {
  return { guards: [], transforms: [] };
}
