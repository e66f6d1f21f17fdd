import { listOf, objectOf } from './json.js';
import type { Json } from '../data/json.js';

/** Why a host that ends in this handler is no route. */
export function noUpstream(handler: Json | undefined): string {
  if (handler === undefined) return 'nothing answers; a route ends in an upstream';
  if (isRedirect(handler)) return `a redirect leads to a whole URL such as ${FORMS}`;
  return partOf(handler) ?? `${nameOf(handler)} has no counterpart; a route ends in an upstream`;
}

const FORMS = 'https://example.com/, or to the same path and query at another address, with 301, 302, 307 or 308';

function isRedirect(handler: Json): boolean {
  return nameOf(handler) === 'static_response' && objectOf(handler['headers'])['Location'] !== undefined;
}

/** Why a handler before the upstream is no middleware. */
export function noMiddleware(handler: Json): string {
  const name = nameOf(handler);
  if (name === 'authentication')
    return 'its passwords reach the upstream too; those of a secret do not: hecate create secret, and --middleware basic-auth:NAME';
  // As for a forward_auth.
  if (name === 'reverse_proxy' && handler['handle_response'] !== undefined)
    return 'another server is asked about each request; a route asks for a sign-in: hecate create auth-policy, and --auth-policy NAME';
  return partOf(handler) ?? `no middleware means exactly what this ${name} does`;
}

/** Of what some requests meet only; null: all meet it. */
function partOf(handler: Json): string | null {
  const [route] = listOf(handler['routes']).map(objectOf);
  const matchers = listOf(route?.['match']).map(objectOf);
  if (nameOf(handler) !== 'subroute' || matchers.length === 0) return null;
  const by = [...new Set(matchers.flatMap((matcher) => Object.keys(matcher)))].join(' and ');
  const inside = [...new Set(namesIn(listOf(route?.['handle'])))].join(', ');
  return `only some requests meet its ${inside}, by ${by}; no part of a route means exactly that`;
}

function namesIn(handlers: readonly unknown[]): string[] {
  return handlers.map(objectOf).flatMap((handler) => {
    if (nameOf(handler) !== 'subroute') return [nameOf(handler)];
    return listOf(handler['routes']).flatMap((route) => namesIn(listOf(objectOf(route)['handle'])));
  });
}

function nameOf(handler: Json): string {
  return String(handler['handler']);
}
