import type { Json } from '../data/json.js';
import { literal } from './handlers.js';
import type { MiddlewareKind } from './kind.js';
import { atOrBeneath, plainPath } from './paths.js';

/**
 * Sends visitors somewhere else: all of them to a URL, or to the same path and query at another address; or to a path of the
 * same host those who are not at or beneath it.
 */
export const redirect: MiddlewareKind = {
  name: 'redirect',
  summary:
    'Redirects visitors to a URL, to the same path elsewhere (`same`), or to a path of this site unless they are there.',
  form: 'redirect:308:https://new.example.com/, redirect:308:same:https://new.example.com or redirect:/path, with 301, 302 (unless said), 307 or 308',
  stage: 'guard',
  read(argument) {
    const [, given, same, where = ''] = /^(?:(30[1278]):)?(same:)?(.*)$/is.exec(argument ?? '') ?? [];
    const status = Number(given ?? 302);
    const path = plainPath(where);
    if (path !== null && same === undefined) {
      const elsewhere = { match: [{ not: [atOrBeneath(path)] }], handle: [to(status, path)], terminal: true };
      return { argument: `${status}:${path}`, handlers: () => [{ handler: 'subroute', routes: [elsewhere] }] };
    }
    const url = URL.canParse(where) ? new URL(where) : null;
    if (url === null || !/^https?:$/.test(url.protocol))
      return 'it leads to an http or https URL, or to a path like /new';
    if (url.username !== '' || url.password !== '') return 'a URL for everybody holds no password';
    if (same !== undefined) {
      if (url.href !== `${url.origin}/`) return 'the same path is sought at an address without one';
      const there = () => [redirection(status, `${literal(url.origin)}{http.request.uri}`)];
      return { argument: `${status}:same:${url.origin}`, isFinal: true, sendsTo: url.hostname, handlers: there };
    }
    // An address without a path stays one: it is what visitors are told.
    const there = where.toLowerCase() === url.origin ? url.origin : url.href;
    const handlers = () => [to(status, there)];
    return { argument: `${status}:${there}`, isFinal: true, sendsTo: url.hostname, handlers };
  },
};

function to(status: number, location: string): Json {
  return redirection(status, literal(location));
}

function redirection(status: number, location: string): Json {
  return { handler: 'static_response', status_code: status, headers: { Location: [location] } };
}
