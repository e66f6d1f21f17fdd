import type { Challenge, FlowRunner } from './flows.js';
import type { Session } from '../store/state.js';
import { uuid } from '../store/store.js';
import { redirectTo, type WebAnswer, type WebRequest } from '../http/web.js';

/** Creates `/api/v3/flows/executor/{slug}/`: a flow as JSON challenges. Errors of an answer have status 200, as in authentik. */
export function createFlowExecutor({ flows }: { flows: FlowRunner }) {
  return async (request: WebRequest, slug: string): Promise<WebAnswer> => {
    const flow = flows.find(slug);
    if (!flow) return { status: 404, body: { detail: 'No Flow matches the given query.' } };
    const session = flows.sessions.ensure(request);
    const walk = { session, flow, query: request.query.get('query') ?? '', cookies: request.cookies };
    const answer = (body: Challenge, cookies: readonly string[] = []): WebAnswer => ({
      status: 200,
      body,
      headers: { 'set-cookie': [...flows.sessions.cookies(session), ...cookies] },
    });
    if (request.method === 'GET') return answer(await flows.challenge(walk));
    if (request.method !== 'POST') return { status: 405, body: { detail: `Method "${request.method}" not allowed.` } };
    if (isForged(request, session)) return answer(forged);
    const { problem, cookies } = await flows.answer(walk, request.body);
    const next = await flows.challenge(walk);
    if (!problem)
      return next.component === 'xak-flow-redirect'
        ? answer(next, cookies)
        : again(request, [...flows.sessions.cookies(session), ...cookies]);
    const response_errors = { [problem.field]: [{ string: problem.message, code: 'invalid' }] };
    return answer({ ...next, response_errors });
  };
}

/** Redirects to the same address, where clients find the next challenge. */
const again = ({ path, search }: WebRequest, cookies: readonly string[]): WebAnswer =>
  redirectTo(search === '' ? path : `${path}?${search}`, cookies);

/** Checks the CSRF token of a signed-in browser: the value of the cookie `authentik_csrf`, and the origin of the call. */
const isForged = ({ headers }: WebRequest, { user, csrf }: Session): boolean =>
  user !== null && (headers['x-authentik-csrf'] !== csrf || !headers['referer']);

const forged: Challenge = {
  component: 'ak-stage-flow-error',
  request_id: uuid().replaceAll('-', ''),
  error: 'CSRF Failed: CSRF token missing or incorrect, or no Referer.',
};
