import { createHash } from 'node:crypto';
import type { Authorizations } from '../sign-in/authorizations.js';
import { secondsOf } from '../rest/durations.js';
import { signed, verified } from '../store/signed-claims.js';
import type { Served } from './outpost-served.js';
import { callbackOf } from '../store/state.js';
import { groupsOf } from '../store/rights.js';
import { randomKey, type Store } from '../store/store.js';
import { page, redirectTo, type WebAnswer, type WebRequest } from '../http/web.js';

type Deps = { store: Store; authorizations: Authorizations };

const stateLifeMs = 3_600_000;
const digest = (text: string) => createHash('sha256').update(text).digest('hex');

/** Name of the outpost's cookie for a provider. */
export const cookieName = ({ provider }: Served): string => `authentik_proxy_${digest(provider.client_id).slice(0, 8)}`;

/** Redirects a browser to sign-in. The returned state is valid only with the cookie set here. */
export function startSignIn({ store }: Deps, served: Served, request: WebRequest, target: string): WebAnswer {
  const { provider } = served;
  const key = request.cookies[cookieName(served)] ?? randomKey(48);
  const state = signed({ redirect: target, key: digest(key), until: Date.now() + stateLifeMs }, store.state.secret);
  const query = new URLSearchParams({
    client_id: provider.client_id,
    redirect_uri: callbackOf(provider),
    response_type: 'code',
    scope: 'openid entitlements email ak_proxy profile',
    state,
  });
  return redirectTo(`${served.authentikHost || request.base}/application/o/authorize/?${query.toString()}`, [
    cookie(served, key),
  ]);
}

/** Exchanges the code for a session and redirects the browser to the URL that it wanted. */
export function finishSignIn({ store, authorizations }: Deps, served: Served, request: WebRequest): WebAnswer {
  const state = verified(request.query.get('state') ?? '', store.state.secret);
  const key = request.cookies[cookieName(served)];
  if (!state || !key || state['key'] !== digest(key) || Number(state['until']) < Date.now()) {
    return failed('The sign-in was begun in another browser, or too long ago.');
  }
  const code = authorizations.redeem(request.query.get('code') ?? '', served.provider.pk);
  const user = code && store.find('users', code.user);
  if (!code || !user) return failed('The code is not valid.');
  const fresh = randomKey(48);
  const expires = Date.now() + secondsOf(served.provider.access_token_validity) * 1000;
  const groups = groupsOf(store.state, user).map(({ name }) => name);
  store.remove('outpostSessions', (other) => other.expires < Date.now());
  const { pk: provider } = served.provider;
  store.insert('outpostSessions', { pk: fresh, provider, session: code.session, user: user.pk, groups, expires });
  return redirectTo(String(state['redirect']), [cookie(served, fresh)]);
}

/** Returns the session's `Set-Cookie` value. An empty key deletes the cookie. */
export function cookie(served: Served, key: string): string {
  const { external_host, mode, cookie_domain } = served.provider;
  const secure = external_host.startsWith('https:') ? '; Secure' : '';
  const domain = mode === 'forward_domain' && cookie_domain ? `; Domain=${cookie_domain}` : '';
  const ends = key === '' ? '; Max-Age=0' : '';
  return `${cookieName(served)}=${key}; Path=/; HttpOnly; SameSite=Lax${secure}${domain}${ends}`;
}

const failed = (why: string): WebAnswer => ({
  status: 400,
  html: page('Sign-in failed', `<p role="alert">${why}</p>`),
});
