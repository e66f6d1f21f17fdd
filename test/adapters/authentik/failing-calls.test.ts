import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAdapterLab, documentOf, ruleOf, slugOf, type AdapterLab } from './lab.js';

const host = 'app.example.com';
const other = 'other.example.com';

let lab: AdapterLab;
beforeEach(async () => {
  lab = await createAdapterLab();
});
afterEach(() => lab.stop());

const switchOff = async (name: string) => {
  const [first] = await lab.bindings(name);
  const { pk, target, policy, order } = first ?? {};
  await lab.admin('PUT', `/policies/bindings/${String(pk)}/`, { target, policy, order, enabled: false });
};
const areEnabled = async (name: string) => (await lab.bindings(name)).every(({ enabled }) => enabled === true);

describe('a call that authentik refuses for good', () => {
  it.each([400, 403, 404, 405])('is made once (%s), and the object is named', async (status) => {
    const document = documentOf([host]);
    await lab.provide(document);
    await switchOff(host);
    lab.calls.length = 0;
    lab.interfere((method) => (method === 'PUT' ? { status } : undefined));
    const { problems } = await lab.provide(document);
    expect(problems).toMatchObject([{ subject: `host ${host}` }]);
    expect(problems[0]?.message).toContain(slugOf(host));
    expect(lab.calls.filter((call) => call.startsWith('PUT'))).toHaveLength(1);
  });

  it('stops no other repair, of this host or of others', async () => {
    const document = documentOf([host, other]);
    await lab.provide(document);
    await switchOff(host);
    await switchOff(other);
    const { pk, provider } = await lab.application(host);
    await lab.admin('PATCH', `/providers/proxy/${String(provider)}/`, {
      mode: 'forward_single',
      skip_path_regex: '.*',
    });
    const group = await lab.admin<{ pk: string }>('POST', '/core/groups/', { name: 'strangers' });
    await lab.admin('POST', '/policies/bindings/', { target: pk, group: group.pk, order: 90 });
    lab.interfere((method, path) =>
      method === 'PATCH' && path.includes('/providers/proxy/') ? { status: 403 } : undefined,
    );
    const { problems } = await lab.provide(document);
    expect(problems).toMatchObject([{ subject: `host ${host}`, kind: 'denied' }]);
    expect([await areEnabled(host), await areEnabled(other)]).toEqual([true, true]);
    expect((await lab.bindings(host)).map((one) => one['group'])).not.toContain(group.pk);
  });
});

describe('a call that authentik cannot answer', () => {
  it('is repeated a few times, and then only its object is left', async () => {
    const document = documentOf([host, other]);
    await lab.provide(document);
    await switchOff(host);
    await switchOff(other);
    const broken = String((await lab.bindings(host))[0]?.['pk']);
    lab.calls.length = 0;
    lab.interfere((method, path) => (method === 'PUT' && path.includes(broken) ? { status: 500 } : undefined));
    const { problems } = await lab.provide(document);
    expect(problems).toMatchObject([{ subject: `host ${host}`, kind: 'unavailable' }]);
    expect(await areEnabled(other)).toBe(true);
    expect(lab.calls.filter((call) => call.includes(broken))).toHaveLength(3);
  });
});

describe('an application with foreign bindings only', () => {
  it('keeps them while no binding of its rule can be made, since without any it would be open to everybody', async () => {
    const document = documentOf([host]);
    await lab.provide(document);
    const group = await lab.admin<{ pk: string }>('POST', '/core/groups/', { name: 'strangers' });
    for (const { pk, target, order } of await lab.bindings(host)) {
      await lab.admin('PUT', `/policies/bindings/${String(pk)}/`, { target, group: group.pk, order });
    }
    lab.interfere((method, path) =>
      ['PUT', 'POST'].includes(method) && path.includes('/policies/bindings/') ? { status: 403 } : undefined,
    );
    expect((await lab.provide(document)).problems).toMatchObject([{ subject: `host ${host}` }]);
    expect(await lab.bindings(host)).toHaveLength(3);
  });
});

describe('a group that Hecate created and no policy names any more', () => {
  const before = documentOf([host], { groups: ['old', 'staff'] });
  const after = documentOf([host]);
  const groups = async () => (await lab.list('/core/groups/')).map(({ name }) => name);

  it('is deleted without asking for its uses, which answers 500 to the account', async () => {
    await lab.provide(before);
    await lab.provide(after);
    expect((await lab.withdraw(after)).problems).toEqual([]);
    expect(await groups()).not.toContain('old');
    expect(lab.calls.filter((call) => call.includes('used_by'))).toEqual([]);
  });

  it('stays while something is bound to it', async () => {
    await lab.provide(before);
    const { pk } = await lab.find('/core/groups/', { name: 'old' });
    const theirs = await lab.admin<{ pk: string }>('POST', '/core/applications/', { name: 'shop', slug: 'shop' });
    await lab.admin('POST', '/policies/bindings/', { target: theirs.pk, group: pk, order: 0 });
    await lab.provide(after);
    expect((await lab.withdraw(after)).problems).toEqual([]);
    expect(await groups()).toContain('old');
  });

  it('is named when it cannot be deleted, and stops nothing else', async () => {
    await lab.provide(before);
    await lab.provide(after);
    lab.interfere((method, path) =>
      method === 'DELETE' && path.includes('/core/groups/') ? { status: 403 } : undefined,
    );
    const nothing = { rules: [ruleOf('staff', ['staff'])], hosts: [] };
    expect((await lab.withdraw(nothing)).problems).toMatchObject([{ subject: 'group old', kind: 'denied' }]);
    await expect(lab.application(host)).rejects.toThrow('nothing like');
    expect(await lab.identity.drift(nothing)).toMatchObject([{ kind: 'foreign', object: 'group old' }]);
  });
});

describe('a policy or flow of ours that others use', () => {
  it('stays and is named, since its deletion would open or delete what is theirs', async () => {
    await lab.provide(documentOf([host], { requireMFA: true }));
    const policy = await lab.find('/policies/expression/', { name: 'hecate-lab-policy-staff' });
    const theirs = await lab.admin<{ pk: string }>('POST', '/core/applications/', { name: 'shop', slug: 'shop' });
    await lab.admin('POST', '/policies/bindings/', { target: theirs.pk, policy: policy['pk'], order: 0 });
    const flow = await lab.find('/flows/instances/', { slug: 'hecate-lab-mfa' });
    const { invalidation_flow } = await lab.provider(host);
    await lab.admin('POST', '/providers/proxy/', {
      ...{ name: 'shop', mode: 'forward_single', external_host: 'https://shop.example.com', invalidation_flow },
      authorization_flow: flow['pk'],
    });
    const { problems } = await lab.withdraw({ rules: [], hosts: [] });
    expect(problems.map(({ subject }) => subject)).toEqual(['rule staff', 'flow hecate-lab-mfa']);
    expect(await lab.list(`/policies/bindings/?target=${theirs.pk}`)).toHaveLength(1);
    expect(await lab.find('/providers/proxy/', { name: 'shop' })).toBeTruthy();
  });
});

describe('a policy on many hosts', () => {
  const hosts = Array.from({ length: 16 }, (_, index) => `h${index}.example.com`);

  it('changes them at the same time, with few calls for each, and tells how far it is', async () => {
    await lab.provide(documentOf(hosts));
    const changed = documentOf(hosts, { groups: ['partners'] });
    lab.calls.length = 0;
    const seen: string[] = [];
    let open = 0;
    let most = 0;
    lab.interfere((_method, path) => {
      if (path.includes('/policies/bindings/')) {
        most = Math.max(most, ++open);
        setTimeout(() => open--, 20);
      }
      return { delayMs: 20 };
    });
    const scope = { rules: ['staff'], hosts };
    const report = await lab.identity.provide(changed, scope, new AbortController().signal, ({ done, total }) =>
      seen.push(`${done} of ${total}`),
    );
    expect(report.problems).toEqual([]);
    expect(seen.at(-1)).toBe('16 of 16');
    expect(seen).toContain('12 of 16');
    expect(most).toBeGreaterThan(3);
    // One application, and one changed binding, for each host.
    expect(lab.calls.length).toBeLessThan(2 * hosts.length + 20);
    expect(await lab.identity.drift(changed)).toMatchObject([{ kind: 'foreign', object: 'group staff' }]);
  });
});
