import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAdapterLab, documentOf, MFA, nameOf, slugOf, type AdapterLab } from './lab.js';

type Json = Record<string, unknown>;

const host = 'app.example.com';
const other = 'other.example.com';
const document = documentOf([host, other], { requireMFA: true });

let lab: AdapterLab;
let stranger: number;
let strangers: string;

beforeAll(async () => {
  lab = await createAdapterLab();
  await lab.provide(document);
  stranger = (await lab.admin<{ pk: number }>('POST', '/core/users/', { username: 'stranger', name: 'stranger' })).pk;
  strangers = (await lab.admin<{ pk: string }>('POST', '/core/groups/', { name: 'strangers' })).pk;
});
afterAll(() => lab.stop());

const key = ({ pk }: Json) => String(pk);
const binding = async (order: number) => {
  const found = (await lab.bindings(host)).find((one) => one['order'] === order);
  if (!found) throw new Error(`no binding ${order}`);
  return found;
};
const put = (found: Json, changes: Json) => {
  const { target, policy, group, user, order, enabled, negate, timeout, failure_result } = found;
  const whole = { target, policy, group, user, order, enabled, negate, timeout, failure_result, ...changes };
  return lab.admin('PUT', `/policies/bindings/${key(found)}/`, whole);
};
const bind = (target: unknown, order: number) =>
  lab.admin('POST', '/policies/bindings/', { target, user: stranger, order });
const flow = () => lab.find('/flows/instances/', { slug: MFA });
const stage = () => lab.find('/stages/authenticator/validate/', { name: MFA });
const place = async () => lab.find(`/flows/bindings/?target=${key(await flow())}`, { stage: (await stage())['pk'] });
const patchPlace = async (changes: Json) => lab.admin('PATCH', `/flows/bindings/${key(await place())}/`, changes);
const patchFlow = (changes: Json) => lab.admin('PATCH', `/flows/instances/${MFA}/`, changes);
const patchStage = async (changes: Json) =>
  lab.admin('PATCH', `/stages/authenticator/validate/${key(await stage())}/`, { name: MFA, ...changes });
const patchProvider = async (changes: Json) =>
  lab.admin('PATCH', `/providers/proxy/${key(await lab.provider(host))}/`, { mode: 'forward_single', ...changes });
const patchApplication = (changes: Json) => lab.admin('PATCH', `/core/applications/${slugOf(host)}/`, changes);
const plainFlow = () => lab.find('/flows/instances/', { slug: 'default-provider-authorization-implicit-consent' });

/** What somebody can do by hand, by what the report of it must name. */
const changes: readonly (readonly [what: string, named: RegExp, change: () => Promise<unknown>])[] = [
  ['a binding switched off', /enabled/, async () => put(await binding(0), { enabled: false })],
  ['a binding negated', /negate/, async () => put(await binding(10), { negate: true })],
  ['a binding reordered', /order/, async () => put(await binding(0), { order: 70 })],
  ['a group binding reordered', /order/, async () => put(await binding(20), { order: 70 })],
  ['another failure result', /failure_result/, async () => put(await binding(0), { failure_result: true })],
  ['another timeout', /timeout/, async () => put(await binding(0), { timeout: 1 })],
  [
    'two bindings that changed places',
    /order/,
    async () => {
      const [first, second] = [await binding(0), await binding(10)];
      await put(first, { order: 10 });
      await put(second, { order: 0 });
    },
  ],
  [
    'every binding switched off',
    /enabled/,
    async () => {
      for (const one of await lab.bindings(host)) await put(one, { enabled: false });
    },
  ],
  ['a stranger beside ours', /user stranger/, async () => bind((await lab.application(host))['pk'], 5)],
  [
    'a stranger in the place of ours',
    /user stranger/,
    async () => put(await binding(20), { group: null, user: stranger }),
  ],
  [
    'only strangers',
    /group strangers/,
    async () => {
      for (const [index, one] of (await lab.bindings(host)).entries())
        await put(one, { policy: null, group: strangers, order: index });
    },
  ],
  [
    'a group bound twice',
    /group staff/,
    async () => {
      const { target, group } = await binding(20);
      await lab.admin('POST', '/policies/bindings/', { target, group, order: 21 });
    },
  ],
  [
    'a binding moved to another application',
    /missing/,
    async () => put(await binding(10), { target: (await lab.application(other))['pk'], order: 15 }),
  ],
  [
    'no bindings',
    /missing/,
    async () => {
      for (const one of await lab.bindings(host)) await lab.admin('DELETE', `/policies/bindings/${key(one)}/`);
    },
  ],
  ['another engine mode', /policy_engine_mode/, () => patchApplication({ policy_engine_mode: 'all' })],
  ['no provider', /provider/, () => patchApplication({ provider: null })],
  [
    'the provider in an application of others',
    /application/,
    async () => {
      const { provider } = await lab.application(host);
      await patchApplication({ provider: null });
      const found = await lab.admin('GET', '/core/applications/shop/');
      if (found) await lab.admin('PATCH', '/core/applications/shop/', { provider });
      else await lab.admin('POST', '/core/applications/', { name: 'Shop', slug: 'shop', provider });
    },
  ],
  [
    'two applications with each other’s provider',
    /provider/,
    async () => {
      const [one, two] = [(await lab.application(host))['provider'], (await lab.application(other))['provider']];
      await patchApplication({ provider: null });
      await lab.admin('PATCH', `/core/applications/${slugOf(other)}/`, { provider: one });
      await patchApplication({ provider: two });
    },
  ],
  ['an application renamed', /slug/, () => patchApplication({ slug: 'elsewhere' })],
  ['an application deleted', /missing/, () => lab.admin('DELETE', `/core/applications/${slugOf(host)}/`)],
  [
    'a provider deleted',
    /missing/,
    async () => lab.admin('DELETE', `/providers/proxy/${key(await lab.provider(host))}/`),
  ],
  ['another mode of the provider', /mode/, () => patchProvider({ mode: 'proxy', internal_host: 'http://127.0.0.1:1' })],
  ['another address of the provider', /external_host/, () => patchProvider({ external_host: 'https://x.example.com' })],
  ['paths without sign-in', /skip_path_regex/, () => patchProvider({ skip_path_regex: '.*' })],
  ['headers not read', /intercept_header_auth/, () => patchProvider({ intercept_header_auth: false })],
  ['a longer session', /access_token_validity/, () => patchProvider({ access_token_validity: 'days=365' })],
  [
    'tokens of others',
    /jwt_federation_providers/,
    async () => patchProvider({ jwt_federation_providers: [(await lab.provider(other))['pk']] }),
  ],
  [
    'a provider without our flow',
    /authorization_flow/,
    async () => patchProvider({ authorization_flow: (await plainFlow())['pk'] }),
  ],
  [
    'an outpost without our provider',
    /outposts/,
    async () => {
      const outpost = await lab.find('/outposts/instances/', { managed: 'goauthentik.io/outposts/embedded' });
      await lab.admin('PATCH', `/outposts/instances/${key(outpost)}/`, { providers: [] });
    },
  ],
  [
    'a policy that admits everybody',
    /expression/,
    async () => {
      const policy = await lab.find('/policies/expression/', { name: nameOf('guard-staff') });
      await lab.admin('PATCH', `/policies/expression/${key(policy)}/`, { expression: 'return True' });
    },
  ],
  [
    'a policy renamed',
    /missing/,
    async () => {
      const policy = await lab.find('/policies/expression/', { name: nameOf('policy-staff') });
      await lab.admin('PATCH', `/policies/expression/${key(policy)}/`, { name: `theirs ${Math.random()}` });
    },
  ],
  [
    'a group renamed',
    /missing/,
    async () => {
      const group = await lab.find('/core/groups/', { name: 'staff' });
      await lab.admin('PATCH', `/core/groups/${key(group)}/`, { name: `theirs ${Math.random()}` });
    },
  ],
  [
    'a group deleted',
    /missing/,
    async () => lab.admin('DELETE', `/core/groups/${key(await lab.find('/core/groups/', { name: 'staff' }))}/`),
  ],
  ['a policy on the MFA flow', /user stranger/, async () => bind((await flow())['policybindingmodel_ptr_id'], 0)],
  [
    'a policy on the stage of the MFA flow',
    /user stranger/,
    async () => bind((await place())['policybindingmodel_ptr_id'], 0),
  ],
  [
    'a policy on the stage, looked at while planning',
    /evaluate_on_plan/,
    () => patchPlace({ evaluate_on_plan: true, re_evaluate_policies: false }),
  ],
  ['a stage elsewhere in the flow', /order/, () => patchPlace({ order: 7 })],
  [
    'another answer to wrong codes',
    /invalid_response_action/,
    () => patchPlace({ invalid_response_action: 'restart' }),
  ],
  ['another engine mode of the stage', /policy_engine_mode/, () => patchPlace({ policy_engine_mode: 'all' })],
  [
    'the MFA flow without its stage',
    /missing/,
    async () => lab.admin('DELETE', `/flows/bindings/${key(await place())}/`),
  ],
  [
    'another stage in the place of ours',
    /default-authentication-login/,
    async () => {
      const [login] = await lab.list('/stages/all/?name=default-authentication-login');
      await patchPlace({ stage: login?.['pk'] });
    },
  ],
  [
    'another stage before ours',
    /default-authentication-login/,
    async () => {
      const [login] = await lab.list('/stages/all/?name=default-authentication-login');
      const target = (await flow())['pk'];
      await lab.admin('POST', '/flows/bindings/', { target, stage: login?.['pk'], order: -10 });
    },
  ],
  [
    'our stage twice',
    /stages/,
    async () => {
      const [target, stages] = [(await flow())['pk'], (await stage())['pk']];
      await lab.admin('POST', '/flows/bindings/', { target, stage: stages, order: 5 });
    },
  ],
  ['users without a device pass', /not_configured_action/, () => patchStage({ not_configured_action: 'skip' })],
  ['fewer kinds of devices', /device_classes/, () => patchStage({ device_classes: ['sms'] })],
  ['a code that counts for a month', /last_auth_threshold/, () => patchStage({ last_auth_threshold: 'days=30' })],
  [
    'keys without a person',
    /webauthn_user_verification/,
    () => patchStage({ webauthn_user_verification: 'discouraged' }),
  ],
  ['an MFA flow for anybody', /authentication/, () => patchFlow({ authentication: 'none' })],
  ['another use of the MFA flow', /designation/, () => patchFlow({ designation: 'enrollment' })],
  ['an MFA flow that goes on when denied', /denied_action/, () => patchFlow({ denied_action: 'continue' })],
  ['another engine mode of the MFA flow', /policy_engine_mode/, () => patchFlow({ policy_engine_mode: 'all' })],
  ['the MFA flow renamed', /slug/, () => patchFlow({ slug: 'theirs' })],
  ['the MFA flow deleted', /missing/, () => lab.admin('DELETE', `/flows/instances/${MFA}/`)],
  [
    'the MFA stage deleted',
    /missing/,
    async () => lab.admin('DELETE', `/stages/authenticator/validate/${key(await stage())}/`),
  ],
];

describe('drift by hand', () => {
  it.each(changes)('names %s, and one run repairs it', async (_what, named, change) => {
    await change();
    const drift = await lab.identity.drift(document);
    expect(drift.map(({ kind, path }) => `${kind} ${path}`).join('\n')).toMatch(named);
    expect(drift.filter(({ problem }) => problem !== null)).toEqual([]);
    expect((await lab.provide(document)).problems).toEqual([]);
    // What is ours and no longer wanted, such as a group that was renamed.
    expect((await lab.withdraw(document)).problems).toEqual([]);
    expect(await lab.identity.drift(document)).toEqual([]);
  });

  it('shows both values where there are values', async () => {
    await put(await binding(0), { enabled: false });
    await patchStage({ not_configured_action: 'skip' });
    await patchPlace({ order: 7 });
    const drift = await lab.identity.drift(document);
    expect(drift.map(({ wanted, found }) => [wanted, found])).toEqual(
      expect.arrayContaining([
        [true, false],
        ['configure', 'skip'],
        [0, 7],
      ]),
    );
    await lab.provide(document);
  });
});
