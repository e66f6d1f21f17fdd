import type { Login, Session } from './state.js';
import { randomKey, uuid, type Store } from './store.js';

/** The sign-in sessions, as {@link createBrowserSessions} returns them. */
export type BrowserSessions = ReturnType<typeof createBrowserSessions>;
/** Cookies and user agent of a browser. */
export type Browser = { readonly cookies: Readonly<Record<string, string>>; readonly agent: string };

const lifeMs = 86_400_000;

/** Creates the sign-in sessions, which are found by the cookie `authentik_session` and last a day. */
export function createBrowserSessions({ store }: { store: Store }) {
  const find = ({ cookies }: Browser): Session | null => {
    const key = cookies['authentik_session'];
    const found = store.state.sessions.find((session) => session.key === key);
    return found && Date.parse(found.expires) > Date.now() ? found : null;
  };
  return {
    find,
    /** Returns the browser's session, or a new one. Removes expired sessions. */
    ensure: (browser: Browser): Session => {
      const found = find(browser);
      if (found) return found;
      store.remove('sessions', ({ expires }) => Date.parse(expires) <= Date.now());
      return store.insert('sessions', newSession(browser.agent));
    },
    /** Signs somebody in: under a new key, so that a key planted before is worth nothing. */
    signIn: (session: Session, user: number, login: Login): void => {
      const now = new Date();
      const expires = new Date(now.getTime() + lifeMs).toISOString();
      const signedIn = { user, login, key: randomKey(32), csrf: randomKey(32), lastUsed: now.toISOString(), expires };
      store.change('sessions', session, { ...signedIn, pk: uuid() });
      const row = store.find('users', user);
      if (row) store.change('users', row, { last_login: now.toISOString() });
    },
    signOut: (session: Session): void => {
      store.remove('outpostSessions', (other) => other.session === session.pk);
      store.remove('sessions', (other) => other === session);
    },
    /** The cookies that make a browser come back with this session. */
    cookies: ({ key, csrf }: Session): readonly string[] => [
      `authentik_session=${key}; Path=/; HttpOnly; SameSite=Lax`,
      `authentik_csrf=${csrf}; Path=/; SameSite=Lax`,
    ],
  };
}

function newSession(userAgent: string): Session {
  const now = Date.now();
  return {
    pk: uuid(),
    key: randomKey(32),
    csrf: randomKey(32),
    user: null,
    created: new Date(now).toISOString(),
    lastUsed: new Date(now).toISOString(),
    expires: new Date(now + lifeMs).toISOString(),
    ip: '127.0.0.1',
    userAgent,
    login: null,
    plan: null,
  };
}
