import { asText } from '../rest/fields.js';
import type { Challenge, FlowRunner } from './flows.js';
import type { StageProblem } from './flow-stages.js';
import type { Session } from '../store/state.js';
import { escaped, notFoundPage, page, redirectTo, type WebAnswer, type WebRequest } from '../http/web.js';

/** Creates `/if/flow/{slug}/`: a flow as HTML forms, which work without JavaScript. */
export function createFlowPages({ flows }: { flows: FlowRunner }) {
  return async (request: WebRequest, slug: string): Promise<WebAnswer> => {
    const flow = flows.find(slug);
    if (!flow) return notFoundPage;
    const session = flows.sessions.ensure(request);
    const walk = { session, flow, query: request.search, cookies: request.cookies };
    const step = async (problem: StageProblem, more: readonly string[] = []): Promise<WebAnswer> => {
      const challenge = await flows.challenge(walk);
      const cookies = [...flows.sessions.cookies(session), ...more];
      if (challenge.component === 'xak-flow-redirect') return redirectTo(String(challenge['to']), cookies);
      return { status: 200, html: render(challenge, session, problem), headers: { 'set-cookie': cookies } };
    };
    if (request.method !== 'POST') return step(null);
    if (request.body['csrf'] !== session.csrf) {
      return step({ field: 'non_field_errors', message: 'The form was too old. Please try again.' });
    }
    const { problem, cookies } = await flows.answer(walk, request.body);
    return step(problem, cookies);
  };
}

const inputs: Readonly<Record<string, string>> = {
  'ak-stage-identification':
    '<label>Username or email<input name="uid_field" autocomplete="username" autofocus required></label>',
  'ak-stage-password':
    '<label>Password<input name="password" type="password" autocomplete="current-password" autofocus required></label>',
  'ak-stage-authenticator-validate': codeInput(),
  'ak-stage-authenticator-totp': codeInput(),
  'ak-stage-consent': '',
};

function codeInput(): string {
  return '<label>Code of your authenticator<input name="code" inputmode="numeric" autocomplete="one-time-code" autofocus required></label>';
}

const titles: Readonly<Record<string, string>> = {
  'ak-stage-identification': 'Sign in',
  'ak-stage-password': 'Sign in',
  'ak-stage-authenticator-validate': 'Second factor',
  'ak-stage-authenticator-totp': 'Set up a second factor',
  'ak-stage-consent': 'Allow access',
};

function render(challenge: Challenge, session: Session, problem: StageProblem): string {
  const form = inputs[challenge.component];
  if (form === undefined) {
    return page('Permission denied', `<p role="alert">${escaped(asText(challenge['error_message'], ''))}</p>`);
  }
  const alert = problem ? `<p role="alert">${escaped(problem.message)}</p>` : '';
  const who = challenge['pending_user'] ? `<p>For ${escaped(asText(challenge['pending_user']))}</p>` : '';
  const enrol = challenge['config_url'] ? enrolment(asText(challenge['config_url'])) : '';
  const hidden = `<input type="hidden" name="csrf" value="${session.csrf}">`;
  const body = `${alert}${who}${enrol}<form method="post">${hidden}${form}<button type="submit">Continue</button></form>`;
  return page(titles[challenge.component] ?? 'Sign in', body);
}

function enrolment(url: string): string {
  const secret = new URL(url).searchParams.get('secret') ?? '';
  return `<p>Add this to your authenticator: <code id="config-url">${escaped(url)}</code></p><p>Secret: <code id="secret">${secret}</code></p>`;
}
