import { findSession, keepSession, newSession } from './browser.js';
import type { createAuthorize } from './authorize.js';
import type { Answer } from './exchange.js';
import type { FlowExecutor } from './flow-executor.js';
import { formOf, page } from './pages.js';
import type { Fields, Session } from './state.js';
import type { Store } from './store.js';

/** What a browser, or a client of the flow executor, sends. */
export type SignInRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly header: (name: string) => string | undefined;
  readonly body: Fields;
};
type Deps = { store: Store; executor: FlowExecutor; authorize: ReturnType<typeof createAuthorize> };

/** The pages and the flow executor by which people sign in. */
export function createSignIn({ store, executor, authorize }: Deps) {
  const flowOf = (path: string, prefix: string) => {
    const slug = path.slice(prefix.length).split('/')[0];
    return store.state.flows.find((flow) => flow.slug === slug);
  };
  const viaApi = (request: SignInRequest, session: Session): Answer => {
    const flow = flowOf(request.path, '/api/v3/flows/executor/');
    if (!flow) return { status: 404, body: { detail: 'No Flow matches the given query.' } };
    const isPost = request.method === 'POST';
    if (isPost && session.user !== null && request.header('x-authentik-csrf') !== session.csrf) {
      return { status: 200, body: { component: 'ak-stage-flow-error', error: 'CSRF Failed', request_id: '' } };
    }
    const query = request.query.get('query') ?? '';
    return { status: 200, body: executor.advance(session, flow, query, isPost ? request.body : null) };
  };
  const viaPage = (request: SignInRequest, session: Session): Answer => {
    const flow = flowOf(request.path, '/if/flow/');
    if (!flow) return page(404, 'Not found', '<p>There is no such flow.</p>');
    const isPost = request.method === 'POST';
    if (isPost && request.body['csrf'] !== session.csrf) return page(403, 'Refused', '<p>Load the page again.</p>');
    const query = request.query.toString();
    const challenge = executor.advance(session, flow, query, isPost ? request.body : null);
    if (challenge.component !== 'xak-flow-redirect') return formOf(challenge, session);
    return { status: 302, headers: { location: String(challenge['to']) } };
  };
  return async (request: SignInRequest): Promise<Answer> => {
    const { path, query, header } = request;
    const browser = { ip: '127.0.0.1', agent: header('user-agent') ?? '' };
    const session = findSession(store, header('cookie')) ?? newSession(store, browser);
    const answer = path.startsWith('/application/o/authorize/')
      ? await authorize(session, query, `${path}?${query.toString()}`)
      : path.startsWith('/if/flow/')
        ? viaPage(request, session)
        : path.startsWith('/api/v3/flows/executor/')
          ? viaApi(request, session)
          : path === '/'
            ? page(200, 'Signed in', '<p>Nothing else is here.</p>')
            : page(404, 'Not found', '<p>There is nothing here.</p>');
    return { ...answer, headers: { ...answer.headers, 'set-cookie': [...keepSession(session)] } };
  };
}
