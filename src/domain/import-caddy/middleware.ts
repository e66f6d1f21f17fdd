import { routeHandlers } from '../caddy/route.js';
import { isSame, listOf, objectOf } from './json.js';
import type { Json } from '../data/json.js';
import { unlessPlainHttp } from '../middleware/visitor.js';
import { noSecrets } from '../middleware/resolved-secrets.js';
import { middlewareList, middlewareOf } from '../middleware/list.js';
import { plainRoute } from '../resources/route.js';

/** The middleware that compiles to exactly this handler; null: none. */
export function importedMiddleware(handler: Json): string | null {
  const said = inFull(handler);
  const texts = candidates(said).flatMap((text) => middlewareList.safeParse([text]).data ?? []);
  return texts.find((text) => isSame(lastOf(compiled(text)), said)) ?? null;
}

/** Encodings that Caddy prefers by default, of those that are enabled. */
const PREFERRED = ['zstd', 'br', 'gzip'];

/** The handler with Caddy's defaults filled in. */
function inFull(handler: Json): Json {
  if (handler['handler'] !== 'encode' || listOf(handler['prefer']).length > 0) return handler;
  return { ...handler, prefer: PREFERRED.filter((name) => name in objectOf(handler['encodings'])) };
}

/** Splits a `headers` handler with several changes into one handler for each. */
export function singleChanges(handler: Json): Json[] {
  const { handler: name, ...sides } = handler;
  const [side = '', ...others] = Object.keys(sides);
  const { set, delete: removed, ...more } = objectOf(sides[side]);
  const isPlain =
    name === 'headers' &&
    ['request', 'response'].includes(side) &&
    others.length === 0 &&
    Object.keys(more).every((key) => key === 'deferred');
  if (!isPlain) return [handler];
  return [
    ...Object.entries(objectOf(set)).map(([header, value]) => ({ set: { [header]: value } })),
    ...listOf(removed).map((header) => ({ delete: [header] })),
  ].map((change) => ({ handler: 'headers', [side]: { ...more, ...change } }));
}

/** Candidate middleware for a handler; the caller compares what they compile to. */
function candidates(handler: Json): string[] {
  switch (handler['handler']) {
    case 'encode':
      return [`compression:${listOf(handler['prefer']).join(',')}`];
    case 'request_body':
      return [`max-body:${Number(handler['max_size'])}B`];
    case 'headers':
      return [...changeTexts(handler['response'], ['', 'beside:']), ...changeTexts(handler['request'], ['request:'])];
    case 'static_response': {
      const location = String(listOf(objectOf(handler['headers'])['Location'])[0]);
      const [, address] = /^([^{}]+)\{http\.request\.uri\}$/.exec(location) ?? [];
      const where = address === undefined ? location : `same:${address}`;
      return [`redirect:${Number(handler['status_code'])}:${where}`];
    }
    case 'subroute': {
      const [route] = listOf(handler['routes']).map(objectOf);
      const prefix = objectOf(listOf(route?.['handle'])[0])['strip_path_prefix'];
      return typeof prefix === 'string' ? [`strip-prefix:${prefix}`] : [];
    }
    default:
      return [];
  }
}

function changeTexts(changes: unknown, sides: readonly string[]): string[] {
  const { set, delete: removed } = objectOf(changes);
  const [[name, value] = ['', []]] = Object.entries(objectOf(set));
  const change = [`${name}=${String(listOf(value)[0])}`, `-${String(listOf(removed)[0])}`];
  return sides.flatMap((side) => change.map((text) => `header:${side}${text}`));
}

/** The handlers that a middleware adds to a route. */
function compiled(text: string): Json[] {
  const { name = '', value = null } = middlewareOf([text])[0]?.requestHeader ?? {};
  // The proxy handler sets these, which is the same for an upstream.
  if (text.startsWith('header:request:'))
    return [{ handler: 'headers', request: value === null ? { delete: [name] } : { set: { [name]: [value] } } }];
  const plain = handlersWith([]);
  const more = handlersWith([text]);
  const start = more.findIndex((handler, index) => !isSame(handler, plain[index]));
  return start === -1 ? [] : more.slice(start, start + more.length - plain.length);
}

function handlersWith(middleware: readonly string[]): Json[] {
  const route = { ...plainRoute('app.example.com', 'localhost:1'), middleware: [...middleware] };
  const overlays = { bypass: null, canary: null, failover: null };
  const served = { route, revision: 1, pool: null, backup: null, ...overlays };
  return routeHandlers(served, { httpPort: 80 }, noSecrets);
}

/** The handler that decides the answer of an upstream: response headers are set twice, the first time for Caddy's own errors. */
function lastOf(handlers: readonly Json[]): Json | undefined {
  const isOne = handlers.length === 1 || handlers.every(({ handler }) => handler === 'headers');
  const last = isOne ? handlers.at(-1) : undefined;
  const [inner] = listOf(last?.['routes']).map(objectOf);
  // HSTS, which Hecate sends on HTTPS only. Browsers ignore it on plain HTTP (RFC 6797, 8.1).
  const handle = listOf(inner?.['handle']).map(objectOf);
  return last && isSame(last, unlessPlainHttp(handle)) ? lastOf(handle) : last;
}
