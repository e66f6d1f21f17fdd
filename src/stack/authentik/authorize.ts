import type { AuditLog } from './audit.js';
import type { FlowExecutor } from './flow-executor.js';
import { permissionDenied, page } from './pages.js';
import type { PolicyEngine } from './policy-engine.js';
import { callbackOf } from './providers.js';
import type { Answer } from './exchange.js';
import type { Plan, Session } from './state.js';
import { randomKey, type Store } from './store.js';

const codeLifeMs = 60_000;

/** Sends the browser back to the application with a code that works once. */
export function finishAuthorization(store: Store, audit: AuditLog) {
  return (session: Session, { authorization }: Plan): string => {
    const { provider, redirect, state } = authorization!;
    const user = store.find('users', session.user);
    audit('authorize_application', user ?? null, { authorized_application: provider });
    const code = store.insert('codes', {
      pk: randomKey(),
      provider,
      user: session.user!,
      session: session.pk,
      redirect,
      expires: Date.now() + codeLifeMs,
    });
    const to = new URL(redirect);
    to.searchParams.set('code', code.pk);
    to.searchParams.set('state', state);
    return to.toString();
  };
}

/** /application/o/authorize/: signed in, allowed by the bindings, through the provider's authorization flow. */
export function createAuthorize(deps: { store: Store; engine: PolicyEngine; executor: FlowExecutor }) {
  const { store, engine, executor } = deps;
  return async (session: Session, query: URLSearchParams, path: string): Promise<Answer> => {
    const provider = store.state.providers.find((other) => other.client_id === query.get('client_id'));
    const redirect = query.get('redirect_uri') ?? '';
    if (!provider || redirect !== callbackOf(provider)) {
      return page(400, 'Bad request', '<p>The application or its address is not known.</p>');
    }
    const user = store.find('users', session.user);
    if (!user?.is_active) {
      const own = store.find('flows', provider.authentication_flow);
      const slug = own?.slug ?? 'default-authentication-flow';
      return { status: 302, headers: { location: `/if/flow/${slug}/?next=${encodeURIComponent(path)}` } };
    }
    const application = store.state.applications.find((other) => other.provider === provider.pk);
    if (!application || !(await engine.evaluate(application, user)).passing) return permissionDenied(user.username);
    const flow = store.find('flows', provider.authorization_flow);
    if (!flow) return page(500, 'No flow', '<p>The provider has no authorization flow.</p>');
    const state = query.get('state') ?? '';
    executor.begin(session, flow, '', { provider: provider.pk, redirect, state, query: query.toString() });
    const challenge = executor.advance(session, flow, '', null);
    const location = challenge.component === 'xak-flow-redirect' ? String(challenge['to']) : `/if/flow/${flow.slug}/`;
    return { status: 302, headers: { location } };
  };
}
