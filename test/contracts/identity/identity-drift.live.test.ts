import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createAuthentikIdentity } from '../../../src/adapters/authentik/authentik-identity.js';
import type { IdentityDocument } from '../../../src/domain/identity/document.js';
import type { Identity } from '../../../src/ports/identity.js';
import { everything, startAuthentik, type TestAuthentik } from './authentik-server.js';

const mark = `d${Math.random().toString(36).slice(2, 8)}`;
const host = `app.${mark}.example.com`;
const prefix = `hecate-${mark}`;
const slug = `${prefix}-${host.replaceAll('.', '_')}`;
const provider = `${prefix}-${host}`;
const never = new AbortController().signal;
const PATHS = {
  application: '/core/applications/',
  provider: '/providers/proxy/',
  policy: '/policies/expression/',
  group: '/core/groups/',
  binding: '/policies/bindings/',
  flow: '/flows/instances/',
  stage: '/stages/authenticator/validate/',
  outpost: '/outposts/instances/',
} as const;

const rule = {
  name: 'staff',
  groups: [`${mark}-staff`],
  createGroups: true,
  groupsSuffice: true,
  expression: 'return False',
};
const document: IdentityDocument = { rules: [rule], hosts: [{ host, rule: 'staff', requireMFA: true, flow: null }] };
const nothing: IdentityDocument = { rules: [], hosts: [] };

let authentik: TestAuthentik;
let identity: Identity;
const create = (ignored: readonly string[] = []) => {
  const { url, tokenFile } = authentik;
  return createAuthentikIdentity({ url, tokenFile, environment: mark, publicHttpsPort: 443, ignored });
};
const provide = (by = identity) => by.provide(document, 'everything', never);

beforeAll(async () => {
  authentik = await startAuthentik();
  identity = create();
  await provide();
});
afterAll(async () => {
  await identity.withdraw(nothing, 'everything', never);
  expect(await identity.drift(nothing)).toEqual([]);
  expect(await authentik.differences()).toEqual([]);
  await authentik.stop();
});
/** Whatever was done to it, one run puts it right, and the next has nothing to do. */
afterEach(async () => {
  await provide();
  await identity.withdraw(document, 'everything', never);
  expect(await provide()).toEqual({ writes: 0, problems: [] });
  expect(await identity.drift(document)).toEqual([]);
});

type Kind = keyof typeof PATHS;
async function find(kind: Kind, name: string, by = 'name') {
  const found = (await everything(authentik, PATHS[kind])).find((one) => one[by] === name);
  if (!found) throw new Error(`no ${kind} ${name}`);
  return found;
}
const at = (kind: Kind, key: unknown) => `${PATHS[kind]}${String(key)}/`;
const patch = (kind: Kind, key: unknown, body: object) => authentik.admin('PATCH', at(kind, key), body);
const remove = (kind: Kind, key: unknown) => authentik.admin('DELETE', at(kind, key));
const bindings = async () => {
  const { pk } = await authentik.admin<{ pk: string }>('GET', at('application', slug));
  return everything(authentik, `${PATHS.binding}?target=${pk}`);
};

describe('what somebody changed by hand', () => {
  it.each([
    ['name', 'Shop', provider],
    ['meta_description', 'ours now', 'Made by Hecate; changes here are drift.'],
    ['meta_launch_url', 'https://elsewhere.example.com/', ''],
    ['policy_engine_mode', 'all', 'any'],
  ])('is told of an application: %s', async (field, found, wanted) => {
    await patch('application', slug, { [field]: found });
    expect(await identity.drift(document)).toEqual([
      {
        kind: 'changed',
        object: `application ${slug}`,
        path: `/applications/${slug}/${field}`,
        wanted,
        found,
        subject: `host ${host}`,
        problem: null,
      },
    ]);
  });

  it('is told of the slug and the provider of an application, which keeps its bindings', async () => {
    const { pk } = await authentik.admin<{ pk: string }>('GET', at('application', slug));
    await patch('application', slug, { slug: `${mark}-elsewhere` });
    const moved = { path: `/applications/${slug}/slug`, wanted: slug, found: `${mark}-elsewhere` };
    expect(await identity.drift(document)).toMatchObject([moved]);
    await provide();
    expect(await authentik.admin('GET', at('application', slug))).toMatchObject({ pk });
    await patch('application', slug, { provider: null });
    const lost = { path: `/applications/${slug}/provider`, wanted: provider, found: null };
    expect(await identity.drift(document)).toMatchObject([lost]);
  });

  it('is told of a provider, whose flows are named', async () => {
    const { pk } = await find('provider', provider);
    const plain = await find('flow', 'default-provider-authorization-implicit-consent', 'slug');
    const external_host = 'https://elsewhere.example.com';
    const changed = { external_host, authorization_flow: plain['pk'], skip_path_regex: '^/open' };
    await patch('provider', pk, { mode: 'forward_single', ...changed });
    const place = (field: string) => `/providers/${provider}/${field}`;
    const secrets = /client_secret|client_id|token/;
    const drift = await identity.drift(document);
    expect(drift).toMatchObject([
      { path: place('external_host'), wanted: `https://${host}`, found: external_host },
      { path: place('authorization_flow'), wanted: `${prefix}-mfa`, found: plain['slug'] },
      { path: place('skip_path_regex'), wanted: '', found: '^/open' },
    ]);
    expect(JSON.stringify(drift)).not.toMatch(secrets);
  });

  it('is told of a policy, with both texts', async () => {
    const name = `${prefix}-policy-staff`;
    await patch('policy', (await find('policy', name))['pk'], { expression: 'return True' });
    expect(await identity.drift(document)).toMatchObject([
      { path: `/policies/${name}/expression`, wanted: 'return False', found: 'return True', subject: 'rule staff' },
    ]);
  });

  it('is told of bindings: one switched off, one that is gone, one that others made', async () => {
    const [first, second] = await bindings();
    const { pk, target, policy, order } = first as Record<string, unknown>;
    await authentik.admin('PUT', at('binding', pk), { target, policy, order, enabled: false });
    await remove('binding', second?.['pk']);
    const other = await authentik.admin<{ pk: string }>('POST', PATHS.group, { name: `${mark}-others` });
    await authentik.admin('POST', PATHS.binding, { target, group: other.pk, order: 99 });
    const place = (subject: string) => `/applications/${slug}/bindings/${subject}`;
    expect(await identity.drift(document)).toMatchObject([
      { kind: 'changed', path: place(`policy ${prefix}-policy-staff/enabled`), wanted: true, found: false },
      { kind: 'missing', path: place(`policy ${prefix}-guard-staff`) },
      { kind: 'foreign', path: place(`group ${mark}-others`), found: { enabled: true, negate: false } },
    ]);
    await provide();
    expect(await find('group', `${mark}-others`)).toMatchObject({ pk: other.pk });
    await remove('group', other.pk);
  });

  it('is told of the flow and the stage that ask for a second factor', async () => {
    const name = `${prefix}-mfa`;
    await patch('flow', name, { title: 'Hello', authentication: 'none' });
    await patch('stage', (await find('stage', name))['pk'], { name, not_configured_action: 'skip' });
    expect(await identity.drift(document)).toMatchObject([
      { path: `/stages/${name}/not_configured_action`, wanted: 'configure', found: 'skip' },
      { path: `/flows/${name}/title`, wanted: 'Confirm that it is you', found: 'Hello' },
      { path: `/flows/${name}/authentication`, wanted: 'require_authenticated', found: 'none' },
    ]);
  });
});

describe('what somebody deleted', () => {
  it('is told once, not with everything in it', async () => {
    await remove('application', slug);
    expect(await identity.drift(document)).toEqual([
      expect.objectContaining({ kind: 'missing', path: `/applications/${slug}`, found: undefined }),
    ]);
  });

  it('is told with what it was for', async () => {
    await remove('provider', (await find('provider', provider))['pk']);
    expect((await identity.drift(document)).map(({ kind, path }) => `${kind} ${path}`)).toEqual([
      `missing /providers/${provider}`,
      `changed /applications/${slug}/provider`,
      expect.stringMatching(/^missing \/outposts\/.*\/providers\//),
    ]);
  });
});

describe('what is ours and no longer wanted', () => {
  it('is told as foreign, and what others have is not', async () => {
    await authentik.admin('POST', PATHS.application, { name: `${mark}-own`, slug: `${mark}-own` });
    const drift = await identity.drift(nothing);
    expect(drift.filter(({ kind }) => kind !== 'foreign')).toEqual([]);
    expect(drift.map(({ object }) => object)).toEqual([
      expect.stringContaining('outpost'),
      `application ${slug}`,
      `provider ${provider}`,
      `policy ${prefix}-policy-staff`,
      `policy ${prefix}-guard-staff`,
      `flow ${prefix}-mfa`,
      `stage ${prefix}-mfa`,
      `policy ${prefix}-mfa-proven`,
    ]);
    expect(JSON.stringify(drift)).not.toContain(`${mark}-own`);
    await remove('application', `${mark}-own`);
  });
});

describe('what is left to others', () => {
  it.each([`/applications/${slug}/name`, '/applications/*/name'])('is neither told nor put back: %s', async (place) => {
    const lenient = create([place]);
    await patch('application', slug, { name: 'Shop', policy_engine_mode: 'all' });
    expect(await lenient.drift(document)).toMatchObject([{ path: `/applications/${slug}/policy_engine_mode` }]);
    await provide(lenient);
    expect(await authentik.admin('GET', at('application', slug))).toMatchObject({
      name: 'Shop',
      policy_engine_mode: 'any',
    });
    expect(await lenient.drift(document)).toEqual([]);
  });
});
