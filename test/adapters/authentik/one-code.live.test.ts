import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { join } from 'node:path';
import { createAuthentikIdentity } from '../../../src/adapters/authentik/authentik-identity.js';
import { totpCode } from '../../../src/authentik-stand-in/sign-in/totp.js';
import type { IdentityDocument } from '../../../src/domain/identity/document.js';
import type { Identity } from '../../../src/ports/identity.js';
import { createBrowser, type Page } from '../../authentik-stand-in/browser.js';
import { createLab, type Lab, password } from '../../authentik-stand-in/lab.js';

/** Sign-in to a route that needs a second factor, where authentik's own flow asks for one too. */
type Fields = Record<string, unknown>;
const never = new AbortController().signal;
const rule = { name: 'all', groups: [], createGroups: false, groupsSuffice: false, expression: 'return True' };
const hosts = ['wiki.lab.test', 'notes.lab.test'];
const document: IdentityDocument = {
  rules: [rule],
  hosts: hosts.map((host) => ({ host, rule: 'all', requireMFA: true, flow: null })),
};
const app = 'https://wiki.lab.test/';
const OURS = '/if/flow/hecate-main-mfa/';
const DEFAULT = '/if/flow/default-authentication-flow/';
let lab: Lab;
let identity: Identity;
let secret: string;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  lab = await createLab();
  const tokenFile = join(lab.data, 'hecate-token');
  identity = createAuthentikIdentity({ url: lab.url, tokenFile, environment: 'main', publicHttpsPort: 443 });
  expect((await identity.provide(document, 'everything', never)).problems).toEqual([]);
  const outpost = (await list('/outposts/instances/'))[0]!;
  await lab.call('PATCH', `/outposts/instances/${String(outpost['pk'])}/`, {
    config: { authentik_host: 'https://auth.lab.test' },
  });
  const browser = createBrowser(lab.url);
  const enrolment = await browser.signIn(app, 'alice', password);
  expect(enrolment.url).toContain(OURS);
  secret = /id="secret">(\w+)</.exec(enrolment.text)?.[1] ?? '';
  expect((await browser.submit(enrolment, { code: code() })).isApplication).toBe(true);
});
afterEach(async () => {
  vi.useRealTimers();
  await lab.close();
});

const list = async (path: string) => ((await lab.call('GET', path)).body as { results: Fields[] }).results;
const later = (seconds: number) => void vi.setSystemTime(Date.now() + seconds * 1000);
/** The code of the next 30 s. */
const code = () => (later(30), totpCode(secret, Date.now()));
const asked = (page: Page) => /name="code"/.test(page.text);
const signOutOf = (browser: ReturnType<typeof createBrowser>, host = 'wiki.lab.test') =>
  browser.request(`https://${host}/outpost.goauthentik.io/sign_out`);
const place = async () => {
  const [flow] = await list('/flows/instances/?slug=hecate-main-mfa');
  const [found] = await list(`/flows/bindings/?target=${String(flow?.['pk'])}`);
  return found!;
};
const bound = async () => list(`/policies/bindings/?target=${String((await place())['policybindingmodel_ptr_id'])}`);
/** Signs in with one code, and answers where that ended. */
const withOneCode = async () => {
  const browser = createBrowser(lab.url);
  const page = await browser.signIn(app, 'alice', password);
  expect(page.url).toContain(DEFAULT);
  return { browser, page: await browser.submit(page, { code: code() }) };
};

describe('a route that needs a second factor', () => {
  it('is reached with one code, also the second route of that sign-in', async () => {
    const { browser, page } = await withOneCode();
    expect(page.isApplication).toBe(true);
    expect((await browser.open('https://notes.lab.test/')).isApplication).toBe(true);
  });

  it('asks again when the sign-in is more than five minutes old, each time', async () => {
    const { browser } = await withOneCode();
    later(301);
    for (let times = 0; times < 2; times++) {
      await signOutOf(browser);
      const again = await browser.open(app);
      expect([again.url, asked(again)]).toEqual([expect.stringContaining(OURS), true]);
      expect((await browser.submit(again, { code: code() })).isApplication).toBe(true);
    }
  });

  it('asks by its own flow where the default flow does not', async () => {
    const [flow] = await list('/flows/instances/?slug=default-authentication-flow');
    for (const { pk, stage_obj } of await list(`/flows/bindings/?target=${String(flow?.['pk'])}`)) {
      const { name } = stage_obj as { name: string };
      if (name.includes('mfa')) await lab.call('DELETE', `/flows/bindings/${String(pk)}/`);
    }
    const browser = createBrowser(lab.url);
    const page = await browser.signIn(app, 'alice', password);
    expect(page.url).toContain(OURS);
    expect((await browser.submit(page, { code: '000000' })).text).toContain('Invalid Token');
    expect((await browser.submit(page, { code: code() })).isApplication).toBe(true);
  });

  it('asks by its own flow where a cookie let the default flow skip the code', async () => {
    const [stage] = await list('/stages/authenticator/validate/?name=default-authentication-mfa-validation');
    const path = `/stages/authenticator/validate/${String(stage?.['pk'])}/`;
    await lab.call('PATCH', path, { last_auth_threshold: 'hours=1' });
    const { browser } = await withOneCode();
    await signOutOf(browser);
    await browser.request('https://auth.lab.test/application/o/hecate-main-wiki_lab_test/end-session/');
    const page = await browser.signIn(app, 'alice', password);
    expect([page.url, asked(page)]).toEqual([expect.stringContaining(OURS), true]);
  });

  it('does not take the factor of the one who signed in before in this browser', async () => {
    const { browser } = await withOneCode();
    await signOutOf(browser);
    await browser.request('https://auth.lab.test/application/o/hecate-main-wiki_lab_test/end-session/');
    const page = await browser.signIn(app, 'bob', password);
    expect(page.url).toContain(OURS);
    expect(page.text).toContain('otpauth://');
  });
});

describe('the policy at its stage', () => {
  const twoCodes = async () => {
    const { browser, page } = await withOneCode();
    expect([page.url, asked(page)]).toEqual([expect.stringContaining(OURS), true]);
    expect((await browser.submit(page, { code: code() })).isApplication).toBe(true);
  };
  const repaired = async () => {
    expect(await identity.drift(document)).not.toEqual([]);
    expect((await identity.provide(document, 'everything', never)).problems).toEqual([]);
    expect(await identity.drift(document)).toEqual([]);
    expect(await bound()).toMatchObject([{ enabled: true, negate: false, failure_result: true, order: 0 }]);
    expect((await withOneCode()).page.isApplication).toBe(true);
  };
  const policy = async () => (await list('/policies/expression/?name=hecate-main-mfa-proven'))[0]!;
  const change = async (fields: Fields) => {
    const [binding] = await bound();
    const { pk, policy: subject, order } = binding!;
    const target = (await place())['policybindingmodel_ptr_id'];
    const body = { target, policy: subject, order, failure_result: true, ...fields };
    expect((await lab.call('PUT', `/policies/bindings/${String(pk)}/`, body)).status).toBe(200);
  };

  it('asks twice without it, and is put back', async () => {
    await lab.call('DELETE', `/policies/expression/${String((await policy())['pk'])}/`);
    await twoCodes();
    await repaired();
  });

  it('asks twice while it is switched off, and is put back', async () => {
    await change({ enabled: false });
    await twoCodes();
    await repaired();
  });

  it('asks when it fails', async () => {
    await lab.call('PATCH', `/policies/expression/${String((await policy())['pk'])}/`, { expression: 'return 1 / 0' });
    await twoCodes();
    await repaired();
  });

  it.each([{ negate: true }, { failure_result: false }, { order: 7 }])(
    'is put back when it was changed: %j',
    async (fields) => {
      await change(fields);
      await repaired();
    },
  );

  it('is put back when its text was changed, and beside a policy of somebody else', async () => {
    await lab.call('PATCH', `/policies/expression/${String((await policy())['pk'])}/`, { expression: 'return False' });
    const foreign = await lab.post('/policies/expression/', { name: 'foreign', expression: 'return False' });
    const target = (await place())['policybindingmodel_ptr_id'];
    await lab.post('/policies/bindings/', { target, policy: foreign['pk'], order: 5 });
    await repaired();
  });

  it('goes with the last route that needs a second factor', async () => {
    expect((await identity.withdraw({ rules: [], hosts: [] }, 'everything', never)).problems).toEqual([]);
    expect(await list('/policies/expression/')).toEqual([]);
    expect(await list('/flows/instances/?slug=hecate-main-mfa')).toEqual([]);
  });
});
