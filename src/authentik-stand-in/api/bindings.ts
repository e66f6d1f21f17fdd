import { badRequest, Refused, type Call, type ApiRoute } from '../rest/exchange.js';
import { bool, integer, nullable, reference, required, type Field, type FieldTable } from '../rest/fields.js';
import { byField } from '../rest/list-page.js';
import { showPeople } from './people.js';
import { showPolicy } from './show-policy.js';
import { resourceRoutes, type ApiResource } from '../rest/resource.js';
import type { Binding, Fields } from '../store/state.js';
import { uuid, type Store } from '../store/store.js';

const plainTarget = reference('applications', 'rules', 'flows', 'flowBindings');
/**
 * The target of a binding. A flow and a flow's stage have two keys; both are accepted, the answer shows `pk`, and a list is
 * filtered by the other, `policybindingmodel_ptr_id`.
 */
const target: Field = {
  check: (value, store) => (targetByKey(store, value) ? null : plainTarget.check(value, store)),
  kept: (value, store) => targetByKey(store, value)?.pk,
};
const filteredTarget: Field = {
  check: (value, store) =>
    targetByKey(store, value)?.pk === value ? plainTarget.check(NO_OBJECT, store) : target.check(value, store),
};
const NO_OBJECT = '00000000-0000-0000-0000-000000000000';

/** Finds a flow or a flow's stage by its key as the target of policies. */
function targetByKey({ state }: Store, key: unknown): { readonly pk: string } | undefined {
  return [...state.flows, ...state.flowBindings].find(
    ({ pk, policybindingmodel_ptr_id: other }) => key === other || key === pk,
  );
}

/** Routes of `/policies/bindings/`. Equal bindings of a group or user may exist twice, those of a policy may not. */
export function bindingRoutes(store: Store): readonly ApiRoute[] {
  return checkFilter(resourceRoutes(store, bindingResource(store)), { target: filteredTarget }, store);
}

/** Makes the list of a resource refuse a filter whose value names no object, as authentik does. */
export function checkFilter(routes: readonly ApiRoute[], filters: FieldTable, store: Store): readonly ApiRoute[] {
  const check = ({ query }: Call) => {
    for (const [name, field] of Object.entries(filters)) {
      const asked = query.get(name);
      const problem = asked && field.check(asked, store);
      if (problem?.startsWith('Invalid pk')) {
        badRequest(name, 'Select a valid choice. That choice is not one of the available choices.');
      }
      if (problem) badRequest(name, problem);
    }
  };
  return routes.map((route) =>
    route.method === 'GET' && !route.path.includes(':')
      ? { ...route, handle: (call) => (check(call), route.handle(call)) }
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
  filters: {
    ...byField<Binding>('policy', 'enabled', 'order', 'timeout'),
    target: (row, value) => row.target === (targetByKey(store, value)?.pk ?? value),
  },
  check: (values, row) => {
    checkUnique(store, values, row);
    checkSubject(values, row);
  },
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

/** Refuses a second binding of a policy to a target in the same place. Bindings of groups and users have no policy. */
function checkUnique({ state }: Store, values: Fields, row: Binding | null): void {
  const { policy, target: to, order } = { ...row, ...values };
  if (policy == null) return;
  const isSame = (other: Binding) => other.policy === policy && other.target === to && other.order === order;
  if (state.bindings.some((other) => other !== row && isSame(other))) {
    badRequest('non_field_errors', 'The fields policy, target, order must make a unique set.');
  }
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
