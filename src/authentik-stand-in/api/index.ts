import type { BrowserSessions } from '../store/browser-sessions.js';
import { forbidden, Refused, type Answer, type Call, type ApiRoute } from '../rest/exchange.js';
import { may } from '../store/rights.js';
import type { User } from '../store/state.js';
import type { Store } from '../store/store.js';
import { notFoundPage, type WebAnswer, type WebRequest } from '../http/web.js';

/** Path prefix of the API. */
export const apiPrefix = '/api/v3';

type Deps = { store: Store; sessions: BrowserSessions; routes: readonly ApiRoute[] };
type Compiled = ApiRoute & { readonly pattern: RegExp; readonly names: readonly string[] };

/** Creates the administration API: authenticates the caller, checks the route's right, and calls the route. */
export function createAdministrationApi({ store, sessions, routes }: Deps) {
  const compiled = routes.map(compile);
  return async (request: WebRequest): Promise<WebAnswer> => {
    const path = request.path.slice(apiPrefix.length);
    if (!path.endsWith('/')) return request.method === 'GET' ? notFoundPage : { status: 405 };
    const here = compiled.filter(({ pattern }) => pattern.test(path));
    if (here.length === 0) return notFoundPage;
    try {
      const user = callerOf(store, sessions, request);
      const route = here.find(({ method }) => method === request.method);
      if (!route) throw new Refused(405, { detail: `Method "${request.method}" not allowed.` });
      const call = callOf(route, request, path, user);
      const { find, right } = route;
      const isAllowed = (wanted: string | null) => wanted === null || may(store.state, user, wanted);
      if (find && isAllowed(find.right)) find.run(call);
      if (!isAllowed(right) || (find && !isAllowed(find.right))) forbidden();
      return await route.handle(call);
    } catch (cause) {
      if (cause instanceof Refused) return { status: cause.status, body: cause.body } satisfies Answer;
      throw cause;
    }
  };
}

function compile(route: ApiRoute): Compiled {
  const names = [...route.path.matchAll(/:(\w+)/g)].map((match) => match[1]!);
  return { ...route, names, pattern: new RegExp(`^${route.path.replace(/:\w+/g, '([^/]+)')}$`) };
}

function callOf({ pattern, names }: Compiled, request: WebRequest, path: string, user: User): Call {
  const { method, query, body, base, agent } = request;
  const values = pattern.exec(path)!.slice(1).map(decodeURIComponent);
  const params = Object.fromEntries(names.map((name, index) => [name, values[index]!]));
  return { method, path, params, query, body, base, agent, user };
}

/** Authenticates the caller by an API token, or for a GET by a browser session. Throws 403. */
function callerOf(store: Store, sessions: BrowserSessions, request: WebRequest): User {
  const [scheme, key] = (request.headers['authorization'] ?? '').split(' ');
  if (scheme?.toLowerCase() === 'bearer') return byToken(store, key ?? '');
  const session = request.method === 'GET' ? sessions.find(request) : null;
  const user = session?.user != null ? store.find('users', session.user) : undefined;
  if (user?.is_active) return user;
  throw new Refused(403, { detail: 'Authentication credentials were not provided.' });
}

function byToken({ state, find }: Store, key: string): User {
  const token = state.tokens.find(
    (other) =>
      other.key === key &&
      other.intent === 'api' &&
      !(other.expiring && other.expires !== null && Date.parse(other.expires) < Date.now()),
  );
  const user = token && find('users', token.user);
  if (!user?.is_active) throw new Refused(403, { detail: 'Token invalid/expired' });
  return user;
}
