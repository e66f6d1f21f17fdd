import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { totpCode } from '../../src/authentik-stand-in/sign-in/totp.js';
import { createApiDocument, type Seen } from './api-document.js';
import { createBrowser } from './browser.js';
import { createLab, type Lab, password } from './lab.js';
import type { Json } from './recorded-exchanges.js';

type Challenge = { component: string; to?: string; config_url?: string; response_errors?: Record<string, unknown[]> };
const seen: Seen[] = [];
let lab: Lab;
beforeEach(async () => {
  lab = await createLab({
    onExchange: ({ method, path, search }, answer) => {
      const response = (answer.body ?? null) as Json;
      const place = `${path.replace('/api/v3', '')}${search && `?${search}`}`;
      if (answer.status === 200) seen.push({ method, path: place, request: null, status: 200, response });
    },
  });
});
afterEach(() => lab.close());

function client(slug: string) {
  const browser = createBrowser(lab.url);
  const url = `https://auth.lab.test/api/v3/flows/executor/${slug}/?query=next%3D%252Fhome`;
  const read = async () => (await (await browser.request(url)).json()) as Challenge;
  const post = async (body: object, headers: Record<string, string> = {}) => {
    const init = {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    };
    const response = await browser.request(url, init);
    return response.status === 302 ? read() : ((await response.json()) as Challenge);
  };
  return { browser, read, post };
}

describe('the flow executor', () => {
  test('leads from the name over the password to where the browser wanted to go', async () => {
    const { browser, read, post } = client('default-authentication-flow');
    expect(await read()).toMatchObject({ component: 'ak-stage-identification' });
    expect(await post({ uid_field: 'alice@example.test' })).toMatchObject({
      component: 'ak-stage-password',
      pending_user: 'alice',
    });
    expect(await post({ password: 'wrong' })).toMatchObject({
      component: 'ak-stage-password',
      response_errors: { password: [{ string: 'Invalid password', code: 'invalid' }] },
    });
    expect(await post({ password })).toEqual({ component: 'xak-flow-redirect', to: '/home' });
    const me = await browser.request('https://auth.lab.test/api/v3/core/users/me/');
    expect(await me.json()).toMatchObject({ user: { username: 'alice' } });
    const { results } = (await lab.call('GET', '/events/events/?action=login_failed')).body as { results: Json[] };
    expect(results).toMatchObject([{ user: { username: 'alice' }, context: { username: 'alice' } }]);
  });

  test('does not say whether a name exists, and lets nobody in without an account or with an inactive one', async () => {
    const unknown = client('default-authentication-flow');
    expect(await unknown.post({ uid_field: 'nobody' })).toMatchObject({ component: 'ak-stage-password' });
    expect(await unknown.post({ password })).toMatchObject({ component: 'ak-stage-password' });
    await lab.call('PATCH', `/core/users/${lab.bob}/`, { is_active: false });
    const inactive = client('default-authentication-flow');
    await inactive.post({ uid_field: 'bob' });
    expect(await inactive.post({ password })).toMatchObject({ component: 'ak-stage-password' });
  });

  test('enrols a second factor and asks who has one, but takes no answer without the CSRF token', async () => {
    await lab.addStepUpFlow();
    const signIn = client('default-authentication-flow');
    await signIn.post({ uid_field: 'alice' });
    await signIn.post({ password });
    const steps = 'https://auth.lab.test/api/v3/flows/executor/step-up/';
    const challenge = (await (await signIn.browser.request(steps)).json()) as Challenge;
    expect(challenge.component).toBe('ak-stage-authenticator-totp');
    const secret = new URL(challenge.config_url!).searchParams.get('secret')!;
    const answer = async (headers: Record<string, string>) => {
      const body = JSON.stringify({ code: totpCode(secret, Date.now()) });
      const json = { 'content-type': 'application/json', ...headers };
      return (await (await signIn.browser.request(steps, { method: 'POST', body, headers: json })).json()) as Challenge;
    };
    const csrf = /authentik_csrf=(\w+)/.exec(signIn.browser.header('auth.lab.test'))![1]!;
    expect((await answer({})).component).toBe('ak-stage-flow-error');
    expect((await answer({ 'x-authentik-csrf': csrf })).component).toBe('ak-stage-flow-error');
    const passed = await answer({ 'x-authentik-csrf': csrf, referer: 'https://auth.lab.test/' });
    expect(passed.component).toBe('xak-flow-redirect');

    const again = client('default-authentication-flow');
    await again.post({ uid_field: 'alice' });
    expect(await again.post({ password })).toMatchObject({
      component: 'ak-stage-authenticator-validate',
      device_challenges: [{ device_class: 'totp' }],
    });
    expect(await again.post({ code: '000000' })).toHaveProperty('response_errors.code');
  });

  test('denies who must have a second factor and has none', async () => {
    const { results } = (await lab.call('GET', '/stages/authenticator/validate/')).body as {
      results: { pk: string }[];
    };
    await lab.call('PATCH', `/stages/authenticator/validate/${results[0]!.pk}/`, { not_configured_action: 'deny' });
    const { post } = client('default-authentication-flow');
    await post({ uid_field: 'alice' });
    expect(await post({ password })).toMatchObject({ component: 'ak-stage-access-denied' });
  });

  test('keeps to the API document in all of this', () => {
    const problemsOf = createApiDocument();
    const flows = seen.filter(({ path }) => path.startsWith('/flows/executor/'));
    expect(new Set(flows.map(({ response }) => (response as Challenge).component)).size).toBe(7);
    expect(flows.flatMap(problemsOf)).toEqual([]);
  });
});
