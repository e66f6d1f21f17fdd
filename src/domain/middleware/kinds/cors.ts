import type { Json } from '../../data/json.js';
import { WHOLE_KIND, type MiddlewareKind } from '../kind.js';
import { responseHeaders } from '../handlers.js';

const ORIGIN = /^https?:\/\/(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d+)?$/;
const CREDENTIALS = 'credentials:';
const ALLOW_ORIGIN = 'Access-Control-Allow-Origin';
const ALLOW_CREDENTIALS = 'Access-Control-Allow-Credentials';

/**
 * Sets the origins whose pages may call the route (CORS, Fetch standard); it replaces the upstream's headers. Browsers send
 * preflight requests without cookies and passwords, so it answers those itself, before sign-in.
 */
export const cors: MiddlewareKind = {
  name: 'cors',
  summary: 'Allows pages of these origins to call the site; with `credentials`, with cookies too.',
  form: 'cors:https://a.example,https://b.example or cors:*, with cors:credentials:https://a.example when requests carry cookies',
  stage: 'guard',
  neverAfter: { name: 'basic-auth', why: 'browsers send preflight requests without a password' },
  losses: null,
  read(argument) {
    const text = argument ?? '';
    if (text === '*') return { argument: '*', replaces: WHOLE_KIND, handlers: () => [allowing(anybody)] };
    const withCredentials = text.startsWith(CREDENTIALS);
    const items = text.slice(withCredentials ? CREDENTIALS.length : 0).split(',');
    const origins = items.map(originOf);
    const wrong = origins.indexOf(null);
    if (wrong >= 0) return `${JSON.stringify(items[wrong])} is not an origin such as https://a.example`;
    const known = [...new Set(origins as string[])];
    return {
      argument: (withCredentials ? CREDENTIALS : '') + known.join(','),
      replaces: WHOLE_KIND,
      handlers: () => [varies, allowing(listed(known, withCredentials))],
    };
  },
};

/** Scheme, host and port; null for a text with more, such as a path, which browsers never compare. */
function originOf(text: string): string | null {
  const trimmed = text.trim();
  const { origin = '', href = '' } = URL.canParse(trimmed) ? new URL(trimmed) : {};
  return ORIGIN.test(origin) && href === `${origin}/` ? origin : null;
}

const anybody: Json[] = [{ handle: responseHeaders({ set: { [ALLOW_ORIGIN]: ['*'] } }) }];

function listed(origins: readonly string[], withCredentials: boolean): Json[] {
  const known = { header: { Origin: origins } };
  const set = {
    [ALLOW_ORIGIN]: ['{http.request.header.Origin}'],
    ...(withCredentials ? { [ALLOW_CREDENTIALS]: ['true'] } : {}),
  };
  return [
    { match: [known], handle: responseHeaders({ set }) },
    { match: [{ not: [known] }], handle: responseHeaders({ delete: [ALLOW_ORIGIN, ALLOW_CREDENTIALS] }) },
  ];
}

/** Makes caches store one response for each origin. */
const varies: Json = { handler: 'headers', response: { add: { Vary: ['Origin'] } } };

const preflight: Json = {
  match: [{ method: ['OPTIONS'], header: { Origin: ['*'], 'Access-Control-Request-Method': ['*'] } }],
  handle: [
    {
      handler: 'static_response',
      status_code: 204,
      headers: {
        'Access-Control-Allow-Methods': ['GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'],
        'Access-Control-Allow-Headers': ['{http.request.header.Access-Control-Request-Headers}'],
        'Access-Control-Max-Age': ['600'],
      },
    },
  ],
  terminal: true,
};

function allowing(routes: readonly Json[]): Json {
  return { handler: 'subroute', routes: [...routes, preflight] };
}
