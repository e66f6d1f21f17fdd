import { routeHandlers } from '../caddy/route.js';
import { isSame, listOf, objectOf } from './json.js';
import type { Json } from '../data/json.js';
import { noSecrets } from '../middleware/resolved-secrets.js';
import { middlewareList } from '../middleware/list.js';
import { plainRoute } from '../resources/route.js';

/** The middleware that means exactly what a handler does; null: there is none. */
export function importedMiddleware(handler: Json): string | null {
  const said = inFull(handler);
  const texts = candidates(said).flatMap((text) => middlewareList.safeParse([text]).data ?? []);
  return texts.find((text) => isSame(lastOf(compiled(text)), said)) ?? null;
}

/** What Caddy prefers where nothing is said, as far as it is offered. */
const PREFERRED = ['zstd', 'br', 'gzip'];

/** The handler with what Caddy adds by itself. */
function inFull(handler: Json): Json {
  if (handler['handler'] !== 'encode' || listOf(handler['prefer']).length > 0) return handler;
  return { ...handler, prefer: PREFERRED.filter((name) => name in objectOf(handler['encodings'])) };
}

/** A `headers` handler of several changes is as good as one of each. */
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

/** Texts that may mean a handler; what they compile to decides. */
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

/** What a route gains by a middleware. */
function compiled(text: string): Json[] {
  const plain = handlersWith([]);
  const more = handlersWith([text]);
  const start = more.findIndex((handler, index) => !isSame(handler, plain[index]));
  return start === -1 ? [] : more.slice(start, start + more.length - plain.length);
}

function handlersWith(middleware: readonly string[]): Json[] {
  const route = { ...plainRoute('app.example.com', 'localhost:1'), middleware: [...middleware] };
  const overlays = { bypass: null, canary: null, failover: null };
  const served = { route, revision: 1, pool: null, backup: null, ...overlays };
  return routeHandlers(served, 443, noSecrets);
}

/** Headers of answers are set twice, so that Caddy's own errors have them too; for what an upstream answers the last counts. */
function lastOf(handlers: readonly Json[]): Json | undefined {
  const isOne = handlers.length === 1 || handlers.every(({ handler }) => handler === 'headers');
  return isOne ? handlers.at(-1) : undefined;
}
