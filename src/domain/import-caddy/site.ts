import { noMiddleware, noUpstream } from './reasons.js';
import { importedMiddleware, singleChanges } from './middleware.js';
import { listOf, objectOf, onlyKnown, watching, type Foreign } from './json.js';
import { importedProxy, type ImportedProxy } from './proxy.js';
import type { Json } from '../data/json.js';
import { middlewareList } from '../middleware/list.js';
import { upstreamAddress } from '../values/upstream-address.js';

/** The handlers of a host, as far as a route can express them. */
export interface ImportedSite {
  readonly proxy: ImportedProxy;
  readonly middleware: readonly string[];
}

interface Step {
  readonly handler: Json;
  readonly path: string;
}

/** Imports the handlers of a route; null: a part is foreign. */
export function importedSite(handle: unknown, path: string, foreign: Foreign): ImportedSite | null {
  const { note, isWhole } = watching(foreign);
  const steps = stepsOf(handle, path, note);
  const last = steps.at(-1);
  const isProxied = last?.handler['handler'] === 'reverse_proxy';
  const proxy = isProxied ? importedProxy(last.handler, last.path, note) : last ? neverAsked(last.handler) : null;
  // Several answering parts were reported already.
  if (proxy === null && isWhole()) note(last?.path ?? path, noUpstream(last?.handler));
  const middleware = steps.slice(0, isProxied || proxy === null ? -1 : steps.length).map(({ handler, path: at }) => {
    const text = importedMiddleware(handler);
    if (text === null) note(at, noMiddleware(handler));
    return text ?? '';
  });
  if (!isWhole() || proxy === null) return null;
  const ordered = limitsFirst([...middleware, ...proxy.middleware]);
  const issue = middlewareList.safeParse(ordered).error?.issues[0]?.message;
  if (issue !== undefined) note(path, isProxied ? issue : 'its redirect has more than a status and a location');
  return isWhole() ? { proxy, middleware: ordered } : null;
}

/** Moves body limits to the front, unless a header set before them must also be on their 413 responses. */
function limitsFirst(middleware: readonly string[]): readonly string[] {
  const isLimit = (text: string) => text.startsWith('max-body:');
  const isOnErrors = (text: string) => text.startsWith('header:beside:');
  const last = middleware.findLastIndex(isLimit);
  if (middleware.slice(0, last + 1).some(isOnErrors)) return middleware;
  return [...middleware.filter(isLimit), ...middleware.filter((text) => !isLimit(text))];
}

/** Returns an unused upstream for a host that redirects every request, since a route needs one; null: the host does more. */
function neverAsked(handler: Json): ImportedProxy | null {
  const text = importedMiddleware(handler);
  const [, where = ''] = /^redirect:\d+:(?:same:)?(https?:.*)$/.exec(text ?? '') ?? [];
  if (!URL.canParse(where)) return null;
  const address = upstreamAddress.safeParse(new URL(where).origin).data;
  if (address === undefined) return null;
  const plain = { loadBalancer: 'round_robin', healthCheck: null, headers: {}, middleware: [], timeout: null } as const;
  return { servers: [{ address, weight: 1 }], ...plain };
}

/** The handlers in the order in which a request passes them. A subroute for every request is replaced by its handlers. */
function stepsOf(handle: unknown, path: string, foreign: Foreign): Step[] {
  return listOf(handle).flatMap((value, index) => {
    const handler = objectOf(value);
    const at = `${path}/${index}`;
    if (handler['handler'] !== 'subroute') return singleChanges(handler).map((one) => ({ handler: one, path: at }));
    onlyKnown(handler, ['handler', 'routes'], { path: at, foreign });
    return stepsOfRoutes(listOf(handler['routes']).map(objectOf), `${at}/routes`, foreign);
  });
}

function stepsOfRoutes(routes: readonly Json[], path: string, foreign: Foreign): Step[] {
  const groups = routes.flatMap(({ group }) => (group === undefined ? [] : [group]));
  return routes.flatMap((route, index) => {
    const at = `${path}/${index}`;
    if (groups.filter((group) => group === route['group']).length > 1) {
      foreign(at, 'several parts answer, selected by path or similar; a route has one upstream');
      return [];
    }
    const mayEnd = route['match'] === undefined && index === routes.length - 1;
    onlyKnown(route, ['match', 'handle', 'group', ...(mayEnd ? ['terminal'] : [])], { path: at, foreign });
    if (route['match'] === undefined) return stepsOf(route['handle'], `${at}/handle`, foreign);
    const { match, handle } = route;
    return [{ handler: { handler: 'subroute', routes: [{ match, handle }] }, path: at }];
  });
}
