import type { Json } from '../data/json.js';
import type { MiddlewareKind } from './kind.js';

const SEGMENTS = /^(?:\/[A-Za-z0-9\-._~!$&'()+,;=:@]+)+$/;

/** The canonical text of a plain path such as `/api`, without a slash at its end; null: it is not one. */
export function plainPath(text: string): string | null {
  const path = text.trim().replace(/\/$/, '');
  return SEGMENTS.test(path) && !/\/\.\.?(\/|$)/.test(path) ? path : null;
}

/** Matches a path and what lies beneath. */
export function atOrBeneath(path: string): Json {
  return { path: [path, `${path}/*`] };
}

const NOT_A_PATH = 'a path is like /api, in unreserved characters and without . and ..';

/** Takes a prefix away from the paths that have it, by whole segments; the others stay. */
export const stripPrefix: MiddlewareKind = {
  name: 'strip-prefix',
  summary: 'Removes a prefix of the path, by whole segments.',
  form: 'strip-prefix:/api',
  stage: 'transform',
  read(argument) {
    const path = plainPath(argument ?? '');
    if (path === null) return NOT_A_PATH;
    const strip = { handler: 'rewrite', strip_path_prefix: path };
    const handler = { handler: 'subroute', routes: [{ match: [atOrBeneath(path)], handle: [strip] }] };
    return { argument: path, identity: path, handlers: () => [handler] };
  },
};

/** Puts a prefix before every path. */
export const addPrefix: MiddlewareKind = {
  name: 'add-prefix',
  summary: 'Puts a prefix before the path.',
  form: 'add-prefix:/v1',
  stage: 'transform',
  read(argument) {
    const path = plainPath(argument ?? '');
    if (path === null) return NOT_A_PATH;
    return { argument: path, identity: path, handlers: () => [{ handler: 'rewrite', path_regexp: [prefixed(path)] }] };
  },
};

/** Replaces a prefix of the paths that have it, by whole segments; the others stay. */
export const rewrite: MiddlewareKind = {
  name: 'rewrite',
  summary: 'Replaces a prefix of the path by another, by whole segments.',
  form: 'rewrite:/from:/to',
  stage: 'transform',
  read(argument) {
    const parts = (argument ?? '').split(/:(?=\/)/);
    const [from = null, to = null] = parts.map(plainPath);
    if (parts.length !== 2 || from === null || to === null) return NOT_A_PATH;
    const exactly = { handler: 'rewrite', path_regexp: [{ find: '^.*$', replace: inReplacement(to) }] };
    const beneath = { handler: 'rewrite', strip_path_prefix: from, path_regexp: [prefixed(to)] };
    // Only one of a group acts, so a new path is not rewritten again.
    const routes = [
      { group: 'rewrite', match: [{ path: [from] }], handle: [exactly] },
      { group: 'rewrite', match: [{ path: [`${from}/*`] }], handle: [beneath] },
    ];
    return { argument: `${from}:${to}`, identity: from, handlers: () => [{ handler: 'subroute', routes }] };
  },
};

/** By pattern rather than by a new URI, which would lose how the rest of the path is escaped. */
function prefixed(path: string): Json {
  return { find: '^/', replace: `${inReplacement(path)}/` };
}

/** In the replacement of a regular expression `$1` stands for a group. */
function inReplacement(path: string): string {
  return path.replaceAll('$', '$$$$');
}
