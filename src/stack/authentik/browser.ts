import { randomKey, uuid, type Store } from './store.js';
import type { Session } from './state.js';

const lifeMs = 24 * 3_600_000;
/** The cookie of the sign-in pages. */
export const sessionCookie = 'authentik_session';

/** The value of a cookie in a request's header; null when it is not there. */
export function cookieOf(header: string | undefined, name: string): string | null {
  for (const part of (header ?? '').split(';')) {
    const [key, ...value] = part.trim().split('=');
    if (key === name) return value.join('=');
  }
  return null;
}

/** The browser that sent these cookies; null for an unknown one, or one whose session is over. */
export function findSession(store: Store, cookies: string | undefined): Session | null {
  const key = cookieOf(cookies, sessionCookie);
  const session = key === null ? undefined : store.state.sessions.find((other) => other.key === key);
  return session && Date.parse(session.expires) > Date.now() ? session : null;
}

/** A session for a browser that is not known yet. */
export function newSession(store: Store, { ip, agent }: { ip: string; agent: string }): Session {
  const now = Date.now();
  return store.insert('sessions', {
    pk: uuid(),
    key: randomKey(),
    csrf: randomKey(),
    user: null,
    created: new Date(now).toISOString(),
    lastUsed: new Date(now).toISOString(),
    expires: new Date(now + lifeMs).toISOString(),
    ip,
    userAgent: agent,
    factorAt: null,
    plan: null,
  });
}

/** The header by which a browser keeps its session. */
export const keepSession = ({ key, csrf }: Session): readonly string[] => [
  `${sessionCookie}=${key}; HttpOnly; Path=/; SameSite=Lax`,
  `authentik_csrf=${csrf}; Path=/; SameSite=Lax`,
];
