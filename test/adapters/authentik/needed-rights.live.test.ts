import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createAuthentikIdentity } from '../../../src/adapters/authentik/authentik-identity.js';
import { managerRights } from '../../../src/adapters/authentik/client/calls.js';
import type { IdentityDocument } from '../../../src/domain/identity/document.js';
import { createLab, type Lab } from '../../authentik-stand-in/lab.js';

/** All work of the adapter, with all rights but one. A right that nothing needs would be one too many. */
type Fields = Record<string, unknown>;
const never = new AbortController().signal;
const ENVIRONMENT = 'rights';
const host = 'app.example.com';
const prefix = `hecate-${ENVIRONMENT}-`;
const rule = { name: 'staff', groups: ['made'], createGroups: true, groupsSuffice: true, expression: 'return False' };
const document: IdentityDocument = { rules: [rule], hosts: [{ host, rule: 'staff', requireMFA: true, flow: null }] };

let lab: Lab;
let role: string;
beforeEach(async () => {
  lab = await createLab();
  role = String((await list('/rbac/roles/?name=hecate'))[0]?.['pk']);
});
afterEach(() => lab.close());

const list = async (path: string) => ((await lab.call('GET', path)).body as { results: Fields[] }).results;
const rights = (verb: 'assign' | 'unassign', permissions: readonly string[]) =>
  lab.call(verb === 'assign' ? 'POST' : 'PATCH', `/rbac/permissions/assigned_by_roles/${role}/${verb}/`, {
    permissions,
  });
const identity = () => {
  const tokenFile = join(lab.data, 'hecate-token');
  return createAuthentikIdentity({ url: lab.url, tokenFile, environment: ENVIRONMENT, publicHttpsPort: 443 });
};

/** Runs the parts in order, and returns the kinds and messages of everything that failed. */
async function failuresOf(...parts: readonly (() => Promise<unknown>)[]) {
  const failures: string[] = [];
  for (const part of parts) {
    try {
      const { problems = [] } = ((await part()) ?? {}) as { problems?: readonly { message: string }[] };
      failures.push(...problems.map(({ message }) => message));
    } catch (error) {
      failures.push((error as Error).message);
    }
  }
  return failures;
}

/** Changes by hand each kind of object that the adapter then has to change back. */
async function spoil(): Promise<void> {
  const one = async (path: string) => (await list(path))[0] as Fields;
  const slug = `${prefix}${host.replaceAll('.', '_')}`;
  await lab.call('PATCH', `/core/applications/${slug}/`, { name: 'Shop' });
  const provider = await one(`/providers/proxy/?name=${prefix}${host}`);
  await lab.call('PATCH', `/providers/proxy/${String(provider['pk'])}/`, {
    mode: 'forward_single',
    skip_path_regex: '^/',
  });
  const policy = await one(`/policies/expression/?name=${prefix}policy-staff`);
  await lab.call('PATCH', `/policies/expression/${String(policy['pk'])}/`, { expression: 'return True' });
  const { body: application } = await lab.call('GET', `/core/applications/${slug}/`);
  const target = application['pk'];
  const binding = await one(`/policies/bindings/?target=${String(target)}`);
  const { policy: subject, order } = binding;
  await lab.call('PUT', `/policies/bindings/${String(binding['pk'])}/`, {
    target,
    policy: subject,
    order,
    negate: true,
  });
  await lab.post('/policies/bindings/', { target, user: lab.bob, order: 99 });
  const flow = await one(`/flows/instances/?slug=${prefix}mfa`);
  await lab.call('PATCH', `/flows/instances/${prefix}mfa/`, { title: 'Hello' });
  const stage = await one(`/stages/authenticator/validate/?name=${prefix}mfa`);
  const skip = { name: `${prefix}mfa`, not_configured_action: 'skip' };
  await lab.call('PATCH', `/stages/authenticator/validate/${String(stage['pk'])}/`, skip);
  const place = await one(`/flows/bindings/?target=${String(flow['pk'])}`);
  await lab.call('PATCH', `/flows/bindings/${String(place['pk'])}/`, { re_evaluate_policies: false });
  await lab.post('/flows/bindings/', { target: flow['pk'], stage: stage['pk'], order: 7 });
}

const provide = () => identity().provide(document, 'everything', never);
const withdraw = () => identity().withdraw({ rules: [], hosts: [] }, 'everything', never);
const check = async () => {
  const outpost = (await identity().checks()).find(({ name }) => name === 'outpost');
  if (outpost?.problem) throw new Error(outpost.detail);
};
const lookForFailedSignIns = () => identity().failedSignIns(new Date(0).toISOString());
const parts = [provide, spoil, provide, withdraw, check, lookForFailedSignIns];

it('works with all of its rights', async () => {
  expect(await failuresOf(...parts)).toEqual([]);
  expect((await list('/policies/expression/')).concat(await list('/providers/proxy/'))).toEqual([]);
});

it.each(managerRights)('says what it could not do without %s', async (missing) => {
  const grant = async (granted: boolean) =>
    void (await rights(granted ? 'assign' : 'unassign', granted ? managerRights : [missing]));
  // What is to be changed and deleted is made with all rights.
  if (/\.(change|delete)_/.test(missing)) expect(await failuresOf(provide)).toEqual([]);
  await grant(false);
  const failures = await failuresOf(...parts);
  expect(failures.join('\n')).toMatch(/refused to .* answered 403\)/);
  await grant(true);
  expect(await failuresOf(provide, withdraw)).toEqual([]);
});
