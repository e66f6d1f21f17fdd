import { badRequest, noContent, notFound, ok, Refused, type Call, type ApiRoute } from '../rest/exchange.js';
import { bool, filled, integer, json, listField, reference, required } from '../rest/fields.js';
import { byField, holdsAttributes } from '../rest/list-page.js';
import { showPeople } from './people.js';
import { findRow, resourceRoutes, type ApiResource } from '../rest/resource.js';
import { isSuperuser } from '../store/rights.js';
import type { Group } from '../store/state.js';
import { uuid, type Store } from '../store/store.js';
import { bindingNames } from './bindings.js';

const autocomplete = {
  current_model: 'authentik_core.group',
  models: {
    'authentik_core.group': {
      name: { type: 'str', nullable: false, options: null },
      is_superuser: { type: 'bool', nullable: true, options: null },
      attributes: { type: 'relation', nullable: false, options: null, relation: 'authentik_core.group_attributes' },
    },
  },
};

/** Routes of `/core/groups/`. Deleting a group deletes its bindings, which may leave an application open to everybody. */
export function groupRoutes(store: Store): readonly ApiRoute[] {
  const people = showPeople(store);
  const resource: ApiResource<'groups'> = {
    path: '/core/groups/',
    kind: 'groups',
    model: 'Group',
    ordering: 'name',
    rights: ['authentik_core', 'group'],
    fields: {
      name: required(filled),
      is_superuser: bool,
      parents: listField(reference('groups')),
      users: listField(reference('users')),
      roles: listField(reference('roles')),
      attributes: json,
    },
    filters: {
      ...byField<Group>('name', 'is_superuser'),
      attributes: holdsAttributes,
      members_by_pk: (row, value) => !!store.find('users', Number(value))?.groups.includes(row.pk),
    },
    autocomplete,
    check: ({ name }, row) => {
      if (store.state.groups.some((other) => other !== row && other.name === name)) {
        badRequest('name', 'Group with this name already exists.');
      }
    },
    create: ({ name }) => newGroup(String(name)),
    change: (row, { users, ...values }) => {
      store.change('groups', row, values);
      if (Array.isArray(users)) setMembers(store, row, users as number[]);
    },
    remove: (row) => forget(store, row),
    present: (row, { query }) => people.group(row, query.get('include_users') !== 'false'),
    usedBy: (row) => bindingNames(store, (binding) => binding.group === row.pk),
  };
  const member = (call: Call, change: (groups: string[], pk: string) => string[]) => {
    const group = findRow(store, resource, call);
    const user = store.find('users', call.body['pk']);
    if (!integer.check(call.body['pk'], store) && user) {
      store.change('users', user, { groups: change(user.groups, group.pk) });
      return noContent;
    }
    return notFound('User');
  };
  return [
    {
      method: 'POST',
      path: '/core/groups/:key/add_user/',
      right: 'authentik_core.add_user_to_group',
      handle: (call) => member(call, (groups, pk) => [...new Set([...groups, pk])]),
    },
    {
      method: 'POST',
      path: '/core/groups/:key/remove_user/',
      right: 'authentik_core.remove_user_from_group',
      handle: (call) => member(call, (groups, pk) => groups.filter((other) => other !== pk)),
    },
    {
      method: 'GET',
      path: '/core/groups/:key/used_by/',
      right: 'authentik_core.view_group',
      // In 2026.2.2, the query for anybody but a superuser is wrong.
      handle: (call) => {
        if (!isSuperuser(store.state, call.user)) throw new Refused(500, { detail: 'Server error' });
        return ok(resource.usedBy?.(findRow(store, resource, call)));
      },
    },
    ...resourceRoutes(store, resource),
  ];
}

/** Returns a new group without members. */
export const newGroup = (name: string): Group => ({
  pk: uuid(),
  num_pk: 10_000 + Math.floor(Math.random() * 50_000),
  name,
  is_superuser: false,
  parents: [],
  roles: [],
  attributes: {},
});

function setMembers(store: Store, group: Group, members: readonly number[]): void {
  for (const user of store.state.users) {
    const others = user.groups.filter((pk) => pk !== group.pk);
    store.change('users', user, { groups: members.includes(user.pk) ? [...others, group.pk] : others });
  }
}

function forget(store: Store, group: Group): void {
  setMembers(store, group, []);
  store.remove('bindings', (binding) => binding.group === group.pk);
  for (const child of store.state.groups) {
    store.change('groups', child, { parents: child.parents.filter((pk) => pk !== group.pk) });
  }
}
