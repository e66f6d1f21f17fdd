import type { Json } from '../../data/json.js';
import { literal } from '../handlers.js';
import { WHOLE_KIND, type MiddlewareKind } from '../kind.js';
import { atOrBeneath, plainPath } from '../paths.js';

/**
 * Redirects all visitors to a URL, or to the same path and query at another address. A target path redirects to the same
 * host, except for requests at or below that path.
 */
export const redirect: MiddlewareKind = {
  name: 'redirect',
  summary: 'Redirects visitors to a URL, to the same path at another address (`same`), or to a path of this site.',
  form: 'redirect:308:https://new.example.com/, redirect:308:same:https://new.example.com or redirect:/path, with 301, 302 (the default), 307 or 308',
  stage: 'guard',
  losses: null,
  read(argument) {
    const [, given, same, where = ''] = /^(?:(30[1278]):)?(same:)?(.*)$/is.exec(argument ?? '') ?? [];
    const status = Number(given ?? 302);
    const path = plainPath(where);
    if (path !== null && same === undefined) {
      const elsewhere = { match: [{ not: [atOrBeneath(path)] }], handle: [to(status, path)], terminal: true };
      return {
        argument: `${status}:${path}`,
        replaces: WHOLE_KIND,
        handlers: () => [{ handler: 'subroute', routes: [elsewhere] }],
      };
    }
    const url = URL.canParse(where) ? new URL(where) : null;
    if (url === null || !/^https?:$/.test(url.protocol))
      return 'the target is an http or https URL, or a path like /new';
    if (url.username !== '' || url.password !== '')
      return 'a redirect URL cannot contain a user or password: every visitor would see it';
    if (same !== undefined) {
      if (url.href !== `${url.origin}/`) return 'same: takes an address without a path';
      const there = () => [redirection(status, `${literal(url.origin)}{http.request.uri}`)];
      return {
        argument: `${status}:same:${url.origin}`,
        replaces: WHOLE_KIND,
        isFinal: true,
        sendsTo: url.hostname,
        handlers: there,
      };
    }
    // Keep an address without a path as it was written.
    const there = where.toLowerCase() === url.origin ? url.origin : url.href;
    const handlers = () => [to(status, there)];
    return { argument: `${status}:${there}`, replaces: WHOLE_KIND, isFinal: true, sendsTo: url.hostname, handlers };
  },
};

function to(status: number, location: string): Json {
  return redirection(status, literal(location));
}

function redirection(status: number, location: string): Json {
  return { handler: 'static_response', status_code: status, headers: { Location: [location] } };
}
