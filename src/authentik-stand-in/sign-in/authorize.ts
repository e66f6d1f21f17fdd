import type { Authorizations } from './authorizations.js';
import type { FlowRunner } from './flows.js';
import type { PolicyEngine } from '../policy/policy-engine.js';
import { callbackOf } from '../store/state.js';
import type { Store } from '../store/store.js';
import { escaped, page, redirectTo, type WebAnswer, type WebRequest } from '../http/web.js';

type Deps = { store: Store; flows: FlowRunner; engine: PolicyEngine; authorizations: Authorizations };

/** Creates `/application/o/authorize/`: signs the browser in, checks the application's bindings, and runs the provider's flow. */
export function createAuthorize({ store, flows, engine, authorizations }: Deps) {
  return async (request: WebRequest): Promise<WebAnswer> => {
    const provider = store.state.providers.find(({ client_id }) => client_id === request.query.get('client_id'));
    const application = provider && store.state.applications.find((other) => other.provider === provider.pk);
    if (!provider || !application) return wrong('Client ID Error', 'No application has this client_id.');
    const back = request.query.get('redirect_uri') ?? '';
    if (back !== callbackOf(provider))
      return wrong('Redirect URI Error', 'The redirect_uri is not one of the application.');

    const session = flows.sessions.ensure(request);
    const cookies = flows.sessions.cookies(session);
    const user = session.user === null ? undefined : store.find('users', session.user);
    if (!user?.is_active) {
      const chosen = provider.authentication_flow && store.find('flows', provider.authentication_flow);
      const slug = chosen ? chosen.slug : 'default-authentication-flow';
      const next = `${request.path}?${request.search}`;
      return redirectTo(`/if/flow/${slug}/?${new URLSearchParams({ next }).toString()}`, cookies);
    }
    const verdict = await engine.evaluate(application, user, { session });
    if (!verdict.passing) return { ...refusal(verdict.messages), headers: { 'set-cookie': cookies } };

    const state = request.query.get('state') ?? '';
    const asked = { provider: provider.pk, redirect: back, state, query: request.search };
    const flow = store.find('flows', provider.authorization_flow);
    const applies = flow ? await engine.evaluate(flow, user, { session }) : null;
    if (applies?.passing === false) return { ...refusal(applies.messages), headers: { 'set-cookie': cookies } };
    if (!flow || !flows.hasStages(flow)) return redirectTo(authorizations.grant(session, asked), cookies);
    flows.begin(session, flow, '', asked);
    return redirectTo(`/if/flow/${flow.slug}/`, cookies);
  };
}

/** The page for denied access. Its status is 200, as in authentik, so a 200 does not prove access. */
const refusal = (messages: readonly string[]): WebAnswer => ({
  status: 200,
  html: page('Permission denied', `<p role="alert">Request has been denied.</p>${list(messages)}`),
});

const list = (messages: readonly string[]) => messages.map((message) => `<p>${escaped(message)}</p>`).join('');

const wrong = (title: string, text: string): WebAnswer => ({
  status: 400,
  html: page(title, `<p>${escaped(text)}</p>`),
});
