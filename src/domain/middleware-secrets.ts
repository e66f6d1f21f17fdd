import type { Route } from './resources/route.js';

const BASIC_AUTH = /^basic-auth:([a-z0-9-]+)$/;

/** Name of the secret that one middleware names; null: it names none. */
export function basicAuthName(middleware: string): string | null {
  return BASIC_AUTH.exec(middleware)?.[1] ?? null;
}

/** Names of the secrets by which a route's middleware knows its visitors. */
export function basicAuthOf({ middleware }: Pick<Route, 'middleware'>): string[] {
  return middleware.flatMap((text) => basicAuthName(text) ?? []);
}
