import { noMiddleware, noUpstream } from './reasons.js';
import { importedMiddleware, singleChanges } from './middleware.js';
import { listOf, objectOf, onlyKnown, watching, type Foreign } from './json.js';
import { importedProxy, type ImportedProxy } from './proxy.js';
import type { Json } from '../data/json.js';
import { answeringMiddleware, middlewareList, middlewareOf } from '../middleware/list.js';
import { importedAllowance, importedFilter, type AddressSettings, type ImportedFilter } from './ip-filter.js';

/** The handlers of a host, as far as a route can express them. */
export interface ImportedSite {
  /** Null: middleware answers every request. */
  readonly proxy: ImportedProxy | null;
  readonly middleware: readonly string[];
}

interface Step {
  readonly handler: Json;
  readonly path: string;
  /** The filter by address that it is. */
  readonly filter?: ImportedFilter;
}

/** Settings around a site, and the callback for its parts without a counterpart. */
export interface SiteSettings extends AddressSettings {
  /** Called with parts that leave the host out. */
  readonly foreign: Foreign;
  /** Called with differences that do not. */
  readonly remark: Foreign;
}

/** Imports the handlers of a route; null: a part is foreign. */
export function importedSite(
  handle: unknown,
  path: string,
  { foreign, ...settings }: SiteSettings,
): ImportedSite | null {
  const { note, isWhole } = watching(foreign);
  const steps = stepsOf(handle, path, { foreign: note, ...settings });
  const last = steps.at(-1);
  const isProxied = last?.handler['handler'] === 'reverse_proxy';
  const proxy = isProxied ? importedProxy(last.handler, last.path, note) : null;
  const isAnswered = isProxied || (last !== undefined && redirectsAll(last.handler));
  // Several answering parts were reported already.
  if (!isAnswered && isWhole()) note(last?.path ?? path, noUpstream(last?.handler));
  const middleware = steps
    .slice(0, isAnswered && !isProxied ? steps.length : -1)
    .map(({ handler, path: at, filter }) => {
      if (filter) {
        if (filter.difference !== null) settings.remark(at, filter.difference);
        return filter.middleware;
      }
      const text = importedMiddleware(handler);
      if (text === null) note(at, noMiddleware(handler));
      return text ?? '';
    });
  if (!isWhole() || !isAnswered) return null;
  const ordered = filtersFirst(limitsFirst([...middleware, ...(proxy?.middleware ?? [])]));
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

/**
 * Moves filters by address before middleware that runs after sign-in. Only refused visitors notice: their answers lack the
 * headers and the compression of the site.
 */
function filtersFirst(middleware: readonly string[]): readonly string[] {
  const isFilter = (text: string) => /^ip-(allow|deny):/.test(text);
  const parsed = middlewareList.safeParse(middleware);
  if (parsed.success) return middleware;
  const first = middleware.findIndex((text) => isTransform(text));
  if (first === -1) return middleware;
  const [before, after] = [middleware.slice(0, first), middleware.slice(first)];
  return [...before, ...after.filter(isFilter), ...after.filter((text) => !isFilter(text))];
}

function isTransform(text: string): boolean {
  const { data } = middlewareList.safeParse([text]);
  return data !== undefined && middlewareOf(data)[0]?.kind.stage === 'transform';
}

/** Returns true for a handler that redirects every request to another address. */
function redirectsAll(handler: Json): boolean {
  const text = importedMiddleware(handler);
  return text !== null && answeringMiddleware([text])?.kind.name === 'redirect';
}

/** The handlers in the order in which a request passes them. A subroute for every request is replaced by its handlers. */
function stepsOf(handle: unknown, path: string, settings: SiteSettings): Step[] {
  return listOf(handle).flatMap((value, index) => {
    const handler = objectOf(value);
    const at = `${path}/${index}`;
    if (handler['handler'] !== 'subroute') return singleChanges(handler).map((one) => ({ handler: one, path: at }));
    onlyKnown(handler, ['handler', 'routes'], { path: at, foreign: settings.foreign });
    return stepsOfRoutes(listOf(handler['routes']).map(objectOf), `${at}/routes`, settings);
  });
}

function stepsOfRoutes(given: readonly Json[], path: string, settings: SiteSettings): Step[] {
  const { foreign } = settings;
  const [serving, rest] = given.slice(-2);
  const allowance = serving && rest && given.length > 1 ? importedAllowance(serving, rest, settings) : null;
  if (serving && allowance !== null) {
    const at = `${path}/${given.length - 2}`;
    return [
      ...stepsOfRoutes(given.slice(0, -2), path, settings),
      { handler: serving, path: at, filter: allowance },
      ...stepsOf(serving['handle'], `${at}/handle`, settings),
    ];
  }
  const routes = given.map((route) => ({ route, filter: importedFilter(route, settings) }));
  // A filter answers whom it matches, so that it needs no group to keep them from the others.
  const groups = routes.flatMap(({ route: { group }, filter }) => (group === undefined || filter ? [] : [group]));
  return routes.flatMap(({ route, filter }, index) => {
    const at = `${path}/${index}`;
    if (filter) return [{ handler: route, path: at, filter }];
    if (groups.filter((group) => group === route['group']).length > 1) {
      foreign(at, 'several parts answer, selected by path or similar; a route has one upstream');
      return [];
    }
    const mayEnd = route['match'] === undefined && index === routes.length - 1;
    onlyKnown(route, ['match', 'handle', 'group', ...(mayEnd ? ['terminal'] : [])], { path: at, foreign });
    if (route['match'] === undefined) return stepsOf(route['handle'], `${at}/handle`, settings);
    const { match, handle } = route;
    return [{ handler: { handler: 'subroute', routes: [{ match, handle }] }, path: at }];
  });
}
