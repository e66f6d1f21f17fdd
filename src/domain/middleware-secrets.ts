import type { Route } from './route.js';

const BASIC_AUTH = /^basic-auth:([a-z0-9-]+)$/;

/** Names of the secrets by which a route's middleware knows its visitors. */
export function basicAuthOf({ middleware }: Pick<Route, 'middleware'>): string[] {
  return middleware.flatMap((text) => BASIC_AUTH.exec(text)?.[1] ?? []);
}
