import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { totpCode } from '../../src/authentik-stand-in/sign-in/totp.js';
import { createBrowser, type Page } from './browser.js';
import { createLab, type Lab, password } from './lab.js';

/** What a real 2026.2.2 answered where the stand-in once answered otherwise. */
let lab: Lab;
beforeAll(async () => void (lab = await createLab()));
afterAll(() => lab.close());

type Fields = Record<string, unknown>;
const unique = { non_field_errors: ['The fields policy, target, order must make a unique set.'] };
const policy = async (name: string, expression = 'return True') =>
  (await lab.post('/policies/expression/', { name, expression }))['pk'] as string;
const flow = (slug: string) => lab.call('GET', `/flows/instances/${slug}/`).then(({ body }) => body);
const bindings = (target: unknown) => lab.call('GET', `/policies/bindings/?target=${String(target)}`);

describe('a policy binding', () => {
  test('is unique by policy, target and order, also when it is changed; bindings of groups are not', async () => {
    const { pk: target } = await lab.addApplication('unique');
    const bound = { target, policy: await policy('unique'), order: 0 };
    const first = await lab.call('POST', '/policies/bindings/', bound);
    expect(first.status).toBe(201);
    expect(await lab.call('POST', '/policies/bindings/', bound)).toEqual({ status: 400, body: unique });
    const second = await lab.post('/policies/bindings/', { ...bound, order: 1 });
    const place = `/policies/bindings/${String(second['pk'])}/`;
    expect(await lab.call('PUT', place, bound)).toEqual({ status: 400, body: unique });
    expect(await lab.call('PATCH', place, bound)).toEqual({ status: 400, body: unique });
    const same = `/policies/bindings/${String(first.body['pk'])}/`;
    expect((await lab.call('PUT', same, { ...bound, enabled: false })).status).toBe(200);
    for (let times = 0; times < 2; times++) {
      const group = { target, group: lab.editors, order: 0 };
      expect((await lab.call('POST', '/policies/bindings/', group)).status).toBe(201);
    }
  });

  test('may be on a flow, which then applies only to those whom it lets pass', async () => {
    const { pk, policybindingmodel_ptr_id: target } = await lab.post('/flows/instances/', {
      ...{ name: 'closed', slug: 'closed', title: 'closed', designation: 'authorization' },
    });
    const made = await lab.call('POST', '/policies/bindings/', { target, group: lab.editors, order: 0 });
    expect(made).toMatchObject({ status: 201, body: { target: pk } });
    expect((await bindings(target)).body).toMatchObject({ results: [{ pk: made.body['pk'] }] });
    expect((await bindings(pk)).status).toBe(400);
    await lab.addApplication('closed', { authorization_flow: pk });
    const refused = await createBrowser(lab.url).signIn('https://closed.lab.test/', 'bob', password);
    expect(refused.text).toContain('Permission denied');
    expect((await createBrowser(lab.url).signIn('https://closed.lab.test/', 'alice', password)).isApplication).toBe(
      true,
    );
    await lab.call('DELETE', '/flows/instances/closed/');
    expect((await lab.call('GET', `/policies/bindings/${String(made.body['pk'])}/`)).status).toBe(404);
  });

  test('may be on a stage of a flow, and then switches the second factor off', async () => {
    const authorization_flow = await lab.addStepUpFlow();
    await lab.addApplication('stage', { authorization_flow });
    const { body } = await lab.call('GET', `/flows/bindings/?target=${authorization_flow}`);
    const stage = (body['results'] as Fields[])[0]!;
    const opened = () => createBrowser(lab.url).signIn('https://stage.lab.test/', 'bob', password);
    expect((await opened()).text).toContain('otpauth://totp/');
    const target = stage['policybindingmodel_ptr_id'];
    const bound = { target, policy: await policy('stage', 'return False'), order: 0 };
    const made = await lab.call('POST', '/policies/bindings/', bound);
    expect(made).toMatchObject({ status: 201, body: { target: stage['pk'] } });
    expect((await opened()).isApplication).toBe(true);
    await lab.call('PUT', `/policies/bindings/${String(made.body['pk'])}/`, { ...bound, negate: true });
    expect((await opened()).text).toContain('otpauth://totp/');
    await lab.call('DELETE', '/flows/instances/step-up/');
  });
});

describe('the API', () => {
  test('fails on the uses of a group for everybody but a superuser', async () => {
    const path = `/core/groups/${lab.editors}/used_by/`;
    expect((await lab.call('GET', path)).status).toBe(200);
    expect((await lab.call('GET', path, undefined, lab.secret('hecate-token'))).status).toBe(500);
  });

  test('deletes with a flow the providers that authorize by it', async () => {
    const { pk } = await lab.post('/flows/instances/', {
      ...{ name: 'gone', slug: 'gone', title: 'gone', designation: 'authorization' },
    });
    const { provider } = await lab.addApplication('gone', { authorization_flow: pk });
    expect((await lab.call('GET', '/flows/instances/gone/used_by/')).body).toMatchObject([
      { name: 'Proxy Provider gone', action: 'cascade' },
    ]);
    await lab.call('DELETE', '/flows/instances/gone/');
    expect((await lab.call('GET', `/providers/proxy/${provider}/`)).status).toBe(404);
    expect((await lab.call('GET', '/core/applications/gone/')).body).toMatchObject({ provider: null });
  });

  test('deletes with a group its bindings', async () => {
    const { pk: target } = await lab.addApplication('grouped');
    const group = await lab.post('/core/groups/', { name: 'short-lived' });
    await lab.post('/policies/bindings/', { target, group: group['pk'], order: 0 });
    await lab.call('DELETE', `/core/groups/${String(group['pk'])}/`);
    expect((await bindings(target)).body['results']).toEqual([]);
  });

  test.each([
    'https://a_b.lab.test',
    `https://${'a'.repeat(64)}.lab.test`,
    'https://a-.lab.test',
    'https://-a.lab.test',
  ])('refuses the external host %s', async (external_host) => {
    const body = { name: 'odd', mode: 'forward_single', external_host };
    const refused = await lab.call('POST', '/providers/proxy/', body);
    expect(refused).toMatchObject({ status: 400, body: { external_host: ['Enter a valid URL.'] } });
  });

  test.each(['https://a', 'http://127.0.0.1:9000', 'https://[::1]:443/x', `https://${'a'.repeat(63)}.lab.test`])(
    'accepts the external host %s',
    async (external_host) => {
      const body = { name: 'odd', mode: 'forward_single', external_host };
      expect((await lab.call('POST', '/providers/proxy/', body)).body).not.toHaveProperty('external_host');
    },
  );

  test('refuses a duration, a list of device classes and a launch URL that are none', async () => {
    const stage = { name: 'odd', last_auth_threshold: 'x', device_classes: [] };
    expect(await lab.call('POST', '/stages/authenticator/validate/', stage)).toEqual({
      status: 400,
      body: {
        last_auth_threshold: ["x is not in the correct format of 'hours=3;minutes=1'."],
        device_classes: ['This list may not be empty.'],
      },
    });
    const application = { name: 'odd', slug: 'odd', meta_launch_url: 'notaurl' };
    expect(await lab.call('POST', '/core/applications/', application)).toEqual({
      status: 400,
      body: { meta_launch_url: ['Enter a valid URL.'] },
    });
  });

  test('refuses to list the stages of an unknown flow', async () => {
    const unknown = '00000000-0000-0000-0000-000000000000';
    expect(await lab.call('GET', `/flows/bindings/?target=${unknown}`)).toEqual({
      status: 400,
      body: { target: ['Select a valid choice. That choice is not one of the available choices.'] },
    });
    const { pk } = await flow('default-authentication-flow');
    expect((await lab.call('GET', `/flows/bindings/?target=${String(pk)}`)).status).toBe(200);
  });
});

describe('a second factor', () => {
  const app = 'https://mfa.lab.test/';
  const secretOn = (page: Page) => /id="secret">(\w+)</.exec(page.text)?.[1] ?? '';
  let own: Lab;
  let secret: string;
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    own = await createLab();
    await own.addApplication('mfa', { authorization_flow: await own.addStepUpFlow() });
    const browser = createBrowser(own.url);
    const enrolment = await browser.signIn(app, 'alice', password);
    secret = secretOn(enrolment);
    expect((await browser.submit(enrolment, { code: code() })).isApplication).toBe(true);
  });
  afterEach(async () => {
    vi.useRealTimers();
    await own.close();
  });
  /** The code of the next 30 s. */
  const code = () =>
    totpCode(
      secret,
      vi
        .setSystemTime(Date.now() + 30_000)
        .getMockedSystemTime()!
        .getTime(),
    );
  const remember = async (name: string, last_auth_threshold: string) => {
    const { body } = await own.call('GET', `/stages/authenticator/validate/?name=${encodeURIComponent(name)}`);
    const [stage] = body['results'] as Fields[];
    const place = `/stages/authenticator/validate/${String(stage?.['pk'])}/`;
    expect((await own.call('PATCH', place, { last_auth_threshold })).status).toBe(200);
  };

  test('is asked for by the default flow too, and each code works once', async () => {
    const browser = createBrowser(own.url);
    const first = await browser.signIn(app, 'alice', password);
    expect(first.url).toContain('/if/flow/default-authentication-flow/');
    const given = code();
    const second = await browser.submit(first, { code: given });
    expect(second.url).toContain('/if/flow/step-up/');
    const replayed = await browser.submit(second, { code: given });
    expect(replayed.text).toContain('Invalid Token');
    expect((await browser.submit(replayed, { code: code() })).isApplication).toBe(true);
  });

  test('is remembered by a cookie that counts only at the stage that set it', async () => {
    await remember('default-authentication-mfa-validation', 'hours=1');
    const browser = createBrowser(own.url);
    const first = await browser.signIn(app, 'alice', password);
    const second = await browser.submit(first, { code: code() });
    expect(second.url).toContain('/if/flow/step-up/');
    expect((await browser.submit(second, { code: code() })).isApplication).toBe(true);
    const signOut = async () => {
      await browser.request('https://auth.lab.test/application/o/mfa/end-session/');
      await browser.request(`${app}outpost.goauthentik.io/sign_out`);
    };
    await signOut();
    const remembered = await browser.signIn(app, 'alice', password);
    expect(remembered.url).toContain('/if/flow/step-up/');
    // Another browser has no cookie, a shorter threshold ends it, and so does the time.
    expect((await createBrowser(own.url).signIn(app, 'alice', password)).url).toContain('/if/flow/default-auth');
    await remember('default-authentication-mfa-validation', 'minutes=5');
    await signOut();
    expect((await browser.signIn(app, 'alice', password)).url).toContain('/if/flow/default-authentication-flow/');
  });

  test('is remembered by our own stage where its threshold says so', async () => {
    await remember('second factor', 'minutes=5');
    const browser = createBrowser(own.url);
    const second = await browser.submit(await browser.signIn(app, 'alice', password), { code: code() });
    expect((await browser.submit(second, { code: code() })).isApplication).toBe(true);
    await browser.request(`${app}outpost.goauthentik.io/sign_out`);
    expect((await browser.open(app)).isApplication).toBe(true);
    vi.setSystemTime(Date.now() + 301_000);
    await browser.request(`${app}outpost.goauthentik.io/sign_out`);
    expect((await browser.open(app)).url).toContain('/if/flow/step-up/');
  });
});
