import type { AuditLog } from '../events/audit.js';
import type { AuthorizationRequest, Code, Session } from '../store/state.js';
import { randomKey, type Store } from '../store/store.js';

/** The authorization codes, as {@link createAuthorizations} returns them. */
export type Authorizations = ReturnType<typeof createAuthorizations>;
const codeLifeMs = 60_000;

/** Creates the store of one-time authorization codes, which an application exchanges for the user. They last a minute. */
export function createAuthorizations({ store, audit }: { store: Store; audit: AuditLog }) {
  return {
    /** Creates a code and returns the redirect URL with it. */
    grant: (session: Session, { provider, redirect, state, query }: AuthorizationRequest): string => {
      const user = store.find('users', session.user);
      if (!user) return '/';
      const code = randomKey(32);
      const expires = Date.now() + codeLifeMs;
      store.insert('codes', { pk: code, provider, user: user.pk, session: session.pk, redirect, expires });
      audit('authorize_application', user, contextOf(store, provider, query));
      const target = new URL(redirect);
      target.searchParams.set('code', code);
      target.searchParams.set('state', state);
      return target.href;
    },
    /** Returns and deletes a code; null for a used, expired or unknown one, and for another provider's. */
    redeem: (code: string, provider: number): Code | null => {
      const found = store.find('codes', code);
      store.remove('codes', (other) => other === found || other.expires < Date.now());
      return found && found.provider === provider && found.expires >= Date.now() ? found : null;
    },
  };
}

function contextOf(store: Store, provider: number, query: string) {
  const args = Object.fromEntries(new URLSearchParams(query));
  const application = store.state.applications.find((other) => other.provider === provider);
  const path = '/application/o/authorize/';
  return {
    flow: store.find('providers', provider)?.authorization_flow.replaceAll('-', '') ?? '',
    scopes: args['scope'] ?? '',
    http_request: { args, path, method: 'GET', request_id: '', user_agent: '' },
    authorized_application: {
      pk: application?.pk.replaceAll('-', '') ?? '',
      app: 'authentik_core',
      name: application?.name ?? '',
      model_name: 'application',
    },
  };
}
