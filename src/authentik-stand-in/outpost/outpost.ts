import type { Authorizations } from '../sign-in/authorizations.js';
import { outpostHeaders } from './outpost-identity.js';
import type { Served, ServedList } from './outpost-served.js';
import { cookie, cookieName, finishSignIn, startSignIn } from './outpost-sign-in.js';
import type { PolicyEngine } from '../policy/policy-engine.js';
import { groupsOf } from '../store/rights.js';
import type { User } from '../store/state.js';
import type { Store } from '../store/store.js';
import { notFoundPage, redirectTo, type WebAnswer, type WebRequest } from '../http/web.js';

/** Path prefix of the outpost on each protected host. */
export const outpostPrefix = '/outpost.goauthentik.io/';

type Deps = {
  store: Store;
  servedList: ServedList;
  engine: PolicyEngine;
  authorizations: Authorizations;
  log: (line: string) => void;
};
type Known = { readonly user: User; readonly groups: readonly string[] };

/** Creates the embedded outpost, which answers Caddy's `forward_auth` and signs browsers in. */
export function createOutpost(deps: Deps) {
  return async (request: WebRequest): Promise<WebAnswer> => {
    const endpoint = request.path.slice(outpostPrefix.length);
    if (endpoint === 'ping') return { status: 204 };
    const host = request.headers['x-forwarded-host'] ?? request.headers['host'] ?? '';
    const served = deps.servedList.forHost(host);
    if (!served) return notFoundPage;
    switch (endpoint) {
      case 'auth/caddy':
        return check(deps, served, request, host);
      case 'start':
        return startSignIn(deps, served, request, ownAddress(served, request.query.get('rd')));
      case 'callback':
        return finishSignIn(deps, served, request);
      case 'sign_out':
        return signOut(deps, served, request);
      default:
        return notFoundPage;
    }
  };
}

/** Answers `forward_auth`: 200 with identity headers, or a redirect to sign-in for any method. */
async function check(deps: Deps, served: Served, request: WebRequest, host: string): Promise<WebAnswer> {
  const uri = request.headers['x-forwarded-uri'] ?? '/';
  if (isSkipped(deps, served, uri.split('?')[0] ?? '/')) return { status: 200 };
  const known = signedIn(deps, served, request) ?? (await byPassword(deps, served, request));
  if (known) {
    const at = served.authentikHost || request.base;
    return { status: 200, headers: outpostHeaders(served, known.user, known.groups, at) };
  }
  const proto = request.headers['x-forwarded-proto'] ?? 'http';
  return startSignIn(deps, served, request, `${proto}://${host}${uri}`);
}

function signedIn({ store }: Deps, served: Served, { cookies }: WebRequest): Known | null {
  const session = store.find('outpostSessions', cookies[cookieName(served)]);
  if (!session || session.provider !== served.provider.pk || session.expires < Date.now()) return null;
  const user = store.find('users', session.user);
  const login = store.find('sessions', session.session);
  return user?.is_active && login?.user === user.pk ? { user, groups: session.groups } : null;
}

/** Authenticates a program by user name and app password, if the application's bindings admit the user. */
async function byPassword({ store, engine }: Deps, served: Served, { headers }: WebRequest): Promise<Known | null> {
  const [scheme, given] = (headers['authorization'] ?? '').split(' ');
  if (!served.provider.intercept_header_auth || scheme?.toLowerCase() !== 'basic' || !given) return null;
  const [username, ...rest] = Buffer.from(given, 'base64').toString().split(':');
  const user = store.state.users.find((other) => other.username === username);
  const token = store.state.tokens.find(
    ({ key, intent, user: owner }) => intent === 'app_password' && owner === user?.pk && key === rest.join(':'),
  );
  if (!user?.is_active || !token || isOver(token)) return null;
  if (!(await engine.evaluate(served.application, user)).passing) return null;
  return { user, groups: groupsOf(store.state, user).map(({ name }) => name) };
}

const isOver = ({ expiring, expires }: { expiring: boolean; expires: string | null }) =>
  expiring && expires !== null && Date.parse(expires) < Date.now();

function isSkipped({ log }: Deps, { provider }: Served, path: string): boolean {
  return provider.skip_path_regex.split('\n').some((line) => {
    if (line.trim() === '') return false;
    try {
      return new RegExp(line.trim()).test(path);
    } catch {
      log(`the provider ${provider.name} has a skip_path_regex that is no regular expression; it is left out`);
      return false;
    }
  });
}

/** Limits the redirect of `start` to URLs of the application. */
function ownAddress({ provider }: Served, asked: string | null): string {
  const home = `${provider.external_host.replace(/\/$/, '')}/`;
  return asked && (asked.startsWith(home) || `${asked}/` === home) ? asked : home;
}

function signOut({ store }: Deps, served: Served, request: WebRequest): WebAnswer {
  const key = request.cookies[cookieName(served)];
  store.remove('outpostSessions', ({ pk }) => pk === key);
  const at = served.authentikHost || request.base;
  return redirectTo(`${at}/application/o/${served.application.slug}/end-session/`, [cookie(served, '')]);
}
