import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { cookieOf } from './browser.js';
import { secondsOf } from './durations.js';
import type { Answer } from './exchange.js';
import { page } from './pages.js';
import { callbackOf } from './providers.js';
import type { OutpostSession, Provider, State, User } from './state.js';
import { randomKey, type Store } from './store.js';
import { embeddedOutpost, imitatedVersion } from './seed.js';

/** A request to the outpost, as it came through the proxy. */
export type OutpostRequest = {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly header: (name: string) => string | undefined;
  readonly base: string;
};

/** The embedded outpost: says who a visitor of an application is, or sends them to sign in. */
export function createOutpost({ store, delayMs }: { store: Store; delayMs: number }) {
  let known = servedNow(store.state);
  store.onChange((kind) => {
    if (!['outposts', 'providers', 'applications'].includes(kind)) return;
    if (delayMs === 0) return void (known = servedNow(store.state));
    setTimeout(() => (known = servedNow(store.state)), delayMs).unref();
  });
  const providerFor = (request: OutpostRequest): Provider | undefined => {
    const host = request.header('x-forwarded-host') ?? request.header('host');
    const found = store.state.providers.filter(({ pk }) => known.includes(pk));
    return found.find(({ external_host }) => new URL(external_host).host === host);
  };
  return (request: OutpostRequest): Answer => {
    const action = request.path.replace('/outpost.goauthentik.io/', '').split('/')[0] ?? '';
    if (action === 'ping') return { status: 204 };
    const provider = providerFor(request);
    if (!provider) return page(404, 'Not found', '<p>No application answers here.</p>');
    const visitor = visitorOf(store, provider, request);
    switch (action) {
      case 'auth':
        return visitor ?? skips(provider, request) ?? toSignIn(store, provider, request);
      case 'start':
        return toSignIn(store, provider, request);
      case 'callback':
        return callback(store, provider, request);
      case 'sign_out':
        return signOut(store, provider, request);
      default:
        return page(404, 'Not found', '<p>There is nothing here.</p>');
    }
  };
}

function servedNow({ outposts, applications }: State): readonly number[] {
  const embedded = outposts.find(({ managed }) => managed === embeddedOutpost);
  return (embedded?.providers ?? []).filter((pk) => applications.some(({ provider }) => provider === pk));
}

const cookieName = ({ client_id }: Provider) =>
  `authentik_proxy_${createHash('sha256').update(client_id).digest('hex').slice(0, 8)}`;

/** 200 with who it is; null for a stranger. */
function visitorOf(store: Store, provider: Provider, request: OutpostRequest): Answer | null {
  const session = sessionOf(store, provider, request);
  if (session) return welcome(store, provider, session.user, session.groups, request);
  const user = provider.intercept_header_auth ? basicUser(store, request.header('authorization')) : null;
  return user && welcome(store, provider, user.pk, groupNames(store, user), request);
}

function sessionOf(store: Store, provider: Provider, request: OutpostRequest): OutpostSession | null {
  const key = cookieOf(request.header('cookie'), cookieName(provider));
  const found = store.state.outpostSessions.find(({ pk, provider: of }) => pk === key && of === provider.pk);
  if (!found || found.expires < Date.now()) return null;
  const alive = store.state.sessions.some(({ pk, user }) => pk === found.session && user === found.user);
  return alive && store.find('users', found.user)?.is_active ? found : null;
}

function basicUser(store: Store, header: string | undefined): User | null {
  const [name = '', ...key] = Buffer.from(header?.match(/^Basic (.+)$/)?.[1] ?? '', 'base64')
    .toString()
    .split(':');
  const user = store.state.users.find(({ username, is_active }) => username === name && is_active);
  const tokens = store.state.tokens.filter(({ user: of, intent }) => of === user?.pk && intent === 'app_password');
  return user && tokens.some((token) => token.key === key.join(':')) ? user : null;
}

function welcome(store: Store, provider: Provider, pk: number, groups: readonly string[], request: OutpostRequest) {
  const user = store.find('users', pk)!;
  const application = store.state.applications.find((other) => other.provider === provider.pk);
  const said: Record<string, string> = {
    username: user.username,
    groups: groups.join('|'),
    entitlements: '',
    email: user.email,
    name: user.name,
    uid: user.uid,
    jwt: 'stand-in',
    'meta-jwks': `${request.base}/application/o/${application?.slug}/jwks/`,
    'meta-outpost': 'authentik Embedded Outpost',
    'meta-provider': provider.name,
    'meta-app': application?.slug ?? '',
    'meta-version': `goauthentik.io/outpost/${imitatedVersion}`,
  };
  const headers = Object.fromEntries(Object.entries(said).map(([name, value]) => [`x-authentik-${name}`, value]));
  return { status: 200, headers };
}

const groupNames = (store: Store, user: User) =>
  store.state.groups.filter(({ pk }) => user.groups.includes(pk)).map(({ name }) => name);

function skips({ skip_path_regex }: Provider, request: OutpostRequest): Answer | null {
  const path = (request.header('x-forwarded-uri') ?? '/').split('?')[0] ?? '/';
  const matches = skip_path_regex.split('\n').some((line) => line !== '' && isMatch(line, path));
  return matches ? { status: 200 } : null;
}

function isMatch(pattern: string, path: string): boolean {
  try {
    return new RegExp(pattern).test(path);
  } catch {
    return false;
  }
}

function toSignIn(store: Store, provider: Provider, request: OutpostRequest): Answer {
  const name = cookieName(provider);
  const key = cookieOf(request.header('cookie'), name) ?? randomKey();
  const origin = new URL(provider.external_host).origin;
  const back = origin + (request.query.get('rd') ?? request.header('x-forwarded-uri') ?? '/');
  const to = new URL('/application/o/authorize/', browserHost(store, request));
  to.search = new URLSearchParams({
    client_id: provider.client_id,
    redirect_uri: callbackOf(provider),
    response_type: 'code',
    scope: 'ak_proxy email entitlements openid profile',
    state: sealed(store, { key, back }),
  }).toString();
  const secure = origin.startsWith('https:') ? '; Secure' : '';
  const cookie = `${name}=${key}; Path=/; HttpOnly; SameSite=Lax${secure}`;
  return { status: 302, headers: { location: to.toString(), 'set-cookie': cookie } };
}

function browserHost({ state }: Store, { base }: OutpostRequest): string {
  const config = state.outposts.find(({ managed }) => managed === embeddedOutpost)?.config;
  return String(config?.['authentik_host_browser'] || config?.['authentik_host'] || base);
}

/** The browser is back: the code must be for this application, and the state for this browser. */
function callback(store: Store, provider: Provider, request: OutpostRequest): Answer {
  const state = unsealed(store, request.query.get('state') ?? '');
  const key = cookieOf(request.header('cookie'), cookieName(provider));
  const code = store.state.codes.find(({ pk }) => pk === request.query.get('code'));
  store.remove('codes', (other) => other === code || other.expires < Date.now());
  if (!state || state.key !== key || !code || code.provider !== provider.pk || code.expires < Date.now()) {
    return toSignIn(store, provider, { ...request, query: new URLSearchParams({ rd: '/' }) });
  }
  const user = store.find('users', code.user)!;
  const expires = Date.now() + secondsOf(provider.access_token_validity) * 1000;
  store.remove('outpostSessions', ({ pk }) => pk === key);
  const session = { pk: key, provider: provider.pk, session: code.session, user: user.pk };
  store.insert('outpostSessions', { ...session, groups: groupNames(store, user), expires });
  return { status: 302, headers: { location: state.back } };
}

function signOut(store: Store, provider: Provider, request: OutpostRequest): Answer {
  const key = cookieOf(request.header('cookie'), cookieName(provider));
  store.remove('outpostSessions', ({ pk }) => pk === key);
  const location = new URL('/if/flow/default-invalidation-flow/', browserHost(store, request)).toString();
  return { status: 302, headers: { location } };
}

type SignInState = { key: string; back: string };

const sign = (store: Store, text: string) => createHmac('sha256', store.state.secret).update(text).digest();

function sealed(store: Store, state: SignInState): string {
  const text = Buffer.from(JSON.stringify(state)).toString('base64url');
  return `${text}.${sign(store, text).toString('base64url')}`;
}

function unsealed(store: Store, sealedState: string): SignInState | null {
  const [text = '', mac = ''] = sealedState.split('.');
  const given = Buffer.from(mac, 'base64url');
  const right = sign(store, text);
  if (given.length !== right.length || !timingSafeEqual(given, right)) return null;
  return JSON.parse(Buffer.from(text, 'base64url').toString()) as SignInState;
}
