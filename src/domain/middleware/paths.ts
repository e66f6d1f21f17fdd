import type { Json } from '../data/json.js';
import { WHOLE_KIND, type MiddlewareKind } from './kind.js';

const SEGMENTS = /^(?:\/[A-Za-z0-9\-._~!$&'()+,;=:@]+)+$/;

/** The canonical text of a plain path such as `/api`, without a trailing slash; null: it is not one. */
export function plainPath(text: string): string | null {
  const path = text.trim().replace(/\/$/, '');
  return SEGMENTS.test(path) && !/\/\.\.?(\/|$)/.test(path) ? path : null;
}

/** A matcher for a path and everything below it. */
export function atOrBeneath(path: string): Json {
  return { path: [path, `${path}/*`] };
}

const NOT_A_PATH = 'a path is like /api, with unreserved characters only and no . or .. segments';

/** Removes a prefix of whole segments from the path. Other paths are not changed. */
export const stripPrefix: MiddlewareKind = {
  name: 'strip-prefix',
  summary: 'Removes a prefix of whole segments from the path.',
  form: 'strip-prefix:/api',
  stage: 'transform',
  losses: null,
  read(argument) {
    const path = plainPath(argument ?? '');
    if (path === null) return NOT_A_PATH;
    const strip = { handler: 'rewrite', strip_path_prefix: path };
    const handler = { handler: 'subroute', routes: [{ match: [atOrBeneath(path)], handle: [strip] }] };
    return { argument: path, identity: path, replaces: WHOLE_KIND, handlers: () => [handler] };
  },
};

/** Adds a prefix to every path. */
export const addPrefix: MiddlewareKind = {
  name: 'add-prefix',
  summary: 'Adds a prefix to the path.',
  form: 'add-prefix:/v1',
  stage: 'transform',
  losses: null,
  read(argument) {
    const path = plainPath(argument ?? '');
    if (path === null) return NOT_A_PATH;
    return {
      argument: path,
      identity: path,
      replaces: WHOLE_KIND,
      handlers: () => [{ handler: 'rewrite', path_regexp: [prefixed(path)] }],
    };
  },
};

/** Replaces a prefix of whole segments. Other paths are not changed. */
export const rewrite: MiddlewareKind = {
  name: 'rewrite',
  summary: 'Replaces a prefix of whole segments in the path.',
  form: 'rewrite:/from:/to',
  stage: 'transform',
  losses: null,
  read(argument) {
    const parts = (argument ?? '').split(/:(?=\/)/);
    const [from = null, to = null] = parts.map(plainPath);
    if (parts.length !== 2 || from === null || to === null) return NOT_A_PATH;
    const exactly = { handler: 'rewrite', path_regexp: [{ find: '^.*$', replace: inReplacement(to) }] };
    const beneath = { handler: 'rewrite', strip_path_prefix: from, path_regexp: [prefixed(to)] };
    // Only one route of a group runs, so the new path is not rewritten again.
    const routes = [
      { group: 'rewrite', match: [{ path: [from] }], handle: [exactly] },
      { group: 'rewrite', match: [{ path: [`${from}/*`] }], handle: [beneath] },
    ];
    return {
      argument: `${from}:${to}`,
      identity: from,
      replaces: from,
      handlers: () => [{ handler: 'subroute', routes }],
    };
  },
};

/** A replacement by pattern. A new URI would lose the escaping of the rest of the path. */
function prefixed(path: string): Json {
  return { find: '^/', replace: `${inReplacement(path)}/` };
}

/** Escapes `$`, which names a group in the replacement of a regular expression. */
function inReplacement(path: string): string {
  return path.replaceAll('$', '$$$$');
}
