import { listOf, objectOf } from './json.js';
import type { Json } from '../data/json.js';

/** Returns the reason why a host whose last handler is this one cannot be a route. */
export function noUpstream(handler: Json | undefined): string {
  if (handler === undefined) return 'it has no handlers; a route ends in an upstream';
  if (isRedirect(handler)) return `a redirect needs a full URL such as ${FORMS}`;
  return partOf(handler) ?? `${nameOf(handler)} has no counterpart; a route ends in an upstream`;
}

const FORMS = 'https://example.com/, or to the same path and query at another address, with 301, 302, 307 or 308';

function isRedirect(handler: Json): boolean {
  return nameOf(handler) === 'static_response' && objectOf(handler['headers'])['Location'] !== undefined;
}

/** Returns the reason why a handler before the upstream cannot be middleware. */
export function noMiddleware(handler: Json): string {
  const name = nameOf(handler);
  if (name === 'authentication')
    return 'the upstream receives its passwords, unlike those of a secret; use: hecate create secret, then --middleware basic-auth:NAME';
  // A forward_auth directive compiles to this.
  if (name === 'reverse_proxy' && handler['handle_response'] !== undefined)
    return 'it sends each request to an auth server first; a route uses an auth policy: hecate create auth-policy, then --auth-policy NAME';
  return partOf(handler) ?? `no middleware does exactly what this ${name} does`;
}

/** Returns the reason when only some requests pass a handler; null: all pass it. */
function partOf(handler: Json): string | null {
  const [route] = listOf(handler['routes']).map(objectOf);
  const matchers = listOf(route?.['match']).map(objectOf);
  if (nameOf(handler) !== 'subroute' || matchers.length === 0) return null;
  const by = [...new Set(matchers.flatMap((matcher) => Object.keys(matcher)))].join(' and ');
  const inside = [...new Set(namesIn(listOf(route?.['handle'])))].join(', ');
  return `only some requests pass its ${inside}, by ${by}; a route cannot express that`;
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
