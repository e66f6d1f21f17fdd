import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { totpCode } from '../../src/authentik-stand-in/sign-in/totp.js';
import { createBrowser, type Page } from './browser.js';
import { createLab, type Lab, password } from './lab.js';

let lab: Lab;
beforeEach(async () => void (lab = await createLab()));
afterEach(() => lab.close());

const app = 'https://wiki.lab.test/page?x=1';
const secretOn = (page: Page) => /id="secret">(\w+)</.exec(page.text)?.[1] ?? '';

describe('signing in to an application behind the proxy', () => {
  test('sends somebody unknown to sign in and back to the page, with who is there in the headers', async () => {
    const { pk } = await lab.addApplication('wiki');
    await lab.post('/policies/bindings/', { target: pk, group: lab.editors, order: 0 });
    const browser = createBrowser(lab.url);
    const refused = await browser.request(app);
    expect(refused.status).toBe(302);
    expect(refused.headers.get('location')).toMatch(
      /^https:\/\/auth\.lab\.test\/application\/o\/authorize\/\?client_id=/,
    );
    expect(refused.headers.get('set-cookie')).toMatch(
      /^authentik_proxy_[0-9a-f]{8}=\w+; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    );

    const page = await browser.signIn(app, 'alice', password);
    expect(page).toMatchObject({ url: app, status: 200, isApplication: true });
    expect(page.headers.get('x-authentik-username')).toBe('alice');
    expect(page.headers.get('x-authentik-groups')).toBe('editors');
    expect(page.headers.get('x-authentik-meta-app')).toBe('wiki');
  });

  test('shows who is no member a page with status 200, and never the application', async () => {
    const { pk } = await lab.addApplication('wiki');
    await lab.post('/policies/bindings/', { target: pk, group: lab.editors, order: 0 });
    const page = await createBrowser(lab.url).signIn(app, 'bob', password);
    expect(page).toMatchObject({ status: 200, isApplication: false });
    expect(page.text).toContain('<h1>Permission denied</h1>');
    expect(page.text).toContain('stand-in for development, not authentik');
  });

  test('takes a callback only from the browser that began, and a code only once', async () => {
    await lab.addApplication('wiki');
    const alice = createBrowser(lab.url);
    await alice.signIn(app, 'alice', password);
    const begun = await alice.request('https://wiki.lab.test/outpost.goauthentik.io/start');
    const granted = await alice.request(begun.headers.get('location')!);
    const callback = granted.headers.get('location')!;
    expect((await createBrowser(lab.url).request(callback)).status).toBe(400);
    const restarted = createBrowser(lab.url);
    await restarted.request(app);
    expect((await restarted.request(callback)).status).toBe(400);
    expect((await alice.request(callback)).status).toBe(302);
    expect((await alice.request(callback)).status).toBe(400);
  });

  test('ends with the session or the account at once, but not with the group', async () => {
    const { pk } = await lab.addApplication('wiki');
    await lab.post('/policies/bindings/', { target: pk, group: lab.editors, order: 0 });
    const browser = createBrowser(lab.url);
    await browser.signIn(app, 'alice', password);
    await lab.post(`/core/groups/${lab.editors}/remove_user/`, { pk: lab.alice });
    expect((await browser.request(app)).status).toBe(200);
    const { results } = (await lab.call('GET', '/core/authenticated_sessions/?user__username=alice')).body as {
      results: { uuid: string }[];
    };
    for (const { uuid } of results) await lab.call('DELETE', `/core/authenticated_sessions/${uuid}/`);
    expect((await browser.request(app)).status).toBe(302);

    await lab.post(`/core/groups/${lab.editors}/add_user/`, { pk: lab.alice });
    const again = createBrowser(lab.url);
    expect((await again.signIn(app, 'alice', password)).isApplication).toBe(true);
    await lab.call('PATCH', `/core/users/${lab.alice}/`, { is_active: false });
    expect((await again.request(app)).status).toBe(302);
  });

  test('keeps sessions over a restart', async () => {
    await lab.addApplication('wiki');
    const browser = createBrowser(lab.url);
    await browser.signIn(app, 'alice', password);
    const cookie = (await browser.request(app)).status;
    await lab.restart();
    const after = await fetch(`${lab.url}/outpost.goauthentik.io/auth/caddy`, {
      headers: { 'x-forwarded-host': 'wiki.lab.test', cookie: browser.header('wiki.lab.test') },
    });
    expect([cookie, after.status]).toEqual([200, 200]);
  });

  test('answers 404 for a host nobody serves, 204 to a ping, and skips the paths it shall', async () => {
    await lab.addApplication('wiki', { skip_path_regex: '(\n^/public/.*' });
    const browser = createBrowser(lab.url);
    expect((await browser.request('https://nowhere.lab.test/')).status).toBe(404);
    expect((await browser.request('https://wiki.lab.test/outpost.goauthentik.io/ping')).status).toBe(204);
    const skipped = await browser.request('https://wiki.lab.test/public/logo');
    expect([skipped.status, skipped.headers.get('x-authentik-username')]).toEqual([200, null]);
  });

  test('lets a machine in by app password if the bindings do', async () => {
    const { pk } = await lab.addApplication('wiki');
    const account = await lab.post('/core/users/service_account/', { name: 'robot', expiring: false });
    const basic = `Basic ${Buffer.from(`robot:${String(account['token'])}`).toString('base64')}`;
    const asked = async () => (await createBrowser(lab.url).request(app, { headers: { authorization: basic } })).status;
    expect(await asked()).toBe(200);
    await lab.post('/policies/bindings/', { target: pk, group: lab.editors, order: 0 });
    expect(await asked()).toBe(302);
  });

  test('serves a new application only after the delay of the outpost', async () => {
    const slow = await createLab({ outpostDelayMs: 300 });
    await slow.addApplication('wiki');
    const status = async () => (await createBrowser(slow.url).request(app)).status;
    expect(await status()).toBe(404);
    await expect.poll(status, { timeout: 5000 }).toBe(302);
    await slow.close();
  });
});

describe('a second factor for one application', () => {
  test('is enrolled on the spot, asked for at each authorization, and a code works once', async () => {
    const authorization_flow = await lab.addStepUpFlow();
    await lab.addApplication('wiki', { authorization_flow });
    await lab.addApplication('notes', { authorization_flow });
    const browser = createBrowser(lab.url);
    const enrolment = await browser.signIn(app, 'alice', password);
    expect(enrolment.text).toContain('otpauth://totp/');
    const secret = secretOn(enrolment);
    const code = totpCode(secret, Date.now());
    expect((await browser.submit(enrolment, { code: '000000' })).text).toContain('Invalid Token');
    expect((await browser.submit(enrolment, { code })).isApplication).toBe(true);

    const asked = await browser.open('https://notes.lab.test/');
    expect(asked.text).toContain('Second factor');
    const replayed = await browser.submit(asked, { code });
    expect(replayed.text).toContain('Invalid Token');
    const next = totpCode(secret, Date.now(), 1);
    expect((await browser.submit(replayed, { code: next })).isApplication).toBe(true);
    const { pagination } = (await lab.call('GET', '/events/events/?action=login_failed')).body as {
      pagination: { count: number };
    };
    expect(pagination.count).toBe(1);
  });
});
