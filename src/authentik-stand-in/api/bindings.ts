import { badRequest, Refused, type Call, type ApiRoute } from '../rest/exchange.js';
import { bool, integer, nullable, reference, required } from '../rest/fields.js';
import { byField } from '../rest/list-page.js';
import { showPeople } from './people.js';
import { showPolicy } from './show-policy.js';
import { resourceRoutes, type ApiResource } from '../rest/resource.js';
import type { Binding, Fields } from '../store/state.js';
import { uuid, type Store } from '../store/store.js';

const target = reference('applications', 'rules', 'flows', 'flowBindings');

/** Routes of `/policies/bindings/`. As in authentik, equal bindings may exist twice. */
export function bindingRoutes(store: Store): readonly ApiRoute[] {
  return resourceRoutes(store, bindingResource(store)).map((route) =>
    route.method === 'GET' && route.path === '/policies/bindings/'
      ? { ...route, handle: (call) => (checkTarget(store, call), route.handle(call)) }
      : route,
  );
}

const bindingResource = (store: Store): ApiResource<'bindings'> => ({
  path: '/policies/bindings/',
  kind: 'bindings',
  model: 'PolicyBinding',
  ordering: 'order',
  rights: ['authentik_policies', 'policybinding'],
  fields: {
    policy: nullable(reference('policies')),
    group: nullable(reference('groups')),
    user: nullable(reference('users')),
    target: required(target),
    negate: bool,
    enabled: bool,
    order: required(integer),
    timeout: integer,
    failure_result: bool,
  },
  filters: byField<Binding>('target', 'policy', 'enabled', 'order', 'timeout'),
  check: (values, row) => checkSubject(values, row),
  create: (values) => ({ ...blank(), ...values }),
  present: (row) => present(store, row),
});

/** Checks a PATCH: without `target`, a real server answers 405 without a body; without a subject, it refuses. */
function checkSubject(values: Fields, row: Binding | null): void {
  if (row && values['target'] === undefined) throw new Refused(405, undefined);
  const subjects = ['group', 'policy', 'user'].filter((name) => values[name] != null);
  if (subjects.length === 0) badRequest('non_field_errors', "One of 'group', 'policy', 'user' must be set.");
  if (subjects.length > 1) badRequest('non_field_errors', "Only one of 'group', 'policy', 'user' can be set.");
}

function checkTarget(store: Store, { query }: Call): void {
  const asked = query.get('target');
  if (!asked) return;
  const problem = target.check(asked, store);
  if (problem?.startsWith('Invalid pk')) {
    badRequest('target', 'Select a valid choice. That choice is not one of the available choices.');
  }
  if (problem) badRequest('target', problem);
}

const blank = (): Binding => ({
  pk: uuid(),
  policy: null,
  group: null,
  user: null,
  target: '',
  negate: false,
  enabled: true,
  order: 0,
  timeout: 30,
  failure_result: false,
});

function present(store: Store, row: Binding) {
  const people = showPeople(store);
  const group = row.group && store.find('groups', row.group);
  const user = row.user !== null && store.find('users', row.user);
  const policy = row.policy && store.find('policies', row.policy);
  return {
    ...row,
    policy_obj: policy ? showPolicy(store, policy) : null,
    group_obj: group ? people.groupBrief(group) : null,
    user_obj: user ? people.userBrief(user) : null,
  };
}

/** The bindings that would be deleted with an object, in the form of `used_by`. */
export function bindingNames(store: Store, concerns: (binding: Binding) => boolean) {
  return store.state.bindings.filter(concerns).map((row) => ({
    app: 'authentik_policies',
    model_name: 'policybinding',
    pk: row.pk,
    name: `Binding from ${nameOfTarget(store, row.target)} #${row.order} to ${nameOfSubject(store, row)}`,
    action: 'cascade',
  }));
}

const nameOfTarget = (store: Store, pk: string) =>
  store.find('applications', pk)?.name ?? store.find('rules', pk)?.name ?? pk;

function nameOfSubject(store: Store, { group, user, policy }: Binding): string {
  if (group) return `Group ${store.find('groups', group)?.name}`;
  if (user !== null) return `User ${store.find('users', user)?.username}`;
  return `Policy ${store.find('policies', policy)?.name}`;
}
