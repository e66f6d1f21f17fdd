import { badRequest, noContent, ok, type Call, type ApiRoute } from '../rest/exchange.js';
import { bool, choice, filled, json, listField, readFields, reference, required, textField } from '../rest/fields.js';
import { newGroup } from './groups.js';
import { byField, holdsAttributes } from '../rest/list-page.js';
import { hashPassword } from '../store/passwords.js';
import { showPeople } from './people.js';
import { findRow, resourceRoutes, type ApiResource } from '../rest/resource.js';
import { newUser } from '../store/seed.js';
import { TOKENS_EXPIRE, type User } from '../store/objects.js';
import type { Store } from '../store/store.js';
import { newToken } from './tokens.js';

const types = ['internal', 'external', 'service_account', 'internal_service_account'];
const plain = (type: string, options: readonly string[] | null = null) => ({ type, nullable: false, options });
const autocomplete = {
  current_model: 'authentik_core.user',
  models: {
    'authentik_core.user': {
      username: plain('str'),
      name: plain('str'),
      email: plain('str'),
      path: plain('str'),
      is_active: { ...plain('bool'), nullable: true },
      type: plain('str', types),
      attributes: { ...plain('relation'), relation: 'authentik_core.user_attributes' },
    },
  },
};

/** Routes of `/core/users/`, with service accounts. A user who is made inactive is signed out everywhere. */
export function userRoutes(store: Store): readonly ApiRoute[] {
  const people = showPeople(store);
  const resource = userResource(store);
  return [
    { method: 'GET', path: '/core/users/me/', right: null, handle: ({ user }) => ok({ user: people.self(user) }) },
    {
      method: 'POST',
      path: '/core/users/service_account/',
      right: 'authentik_core.add_user',
      handle: (call) => serviceAccount(store, call),
    },
    {
      method: 'POST',
      path: '/core/users/:key/set_password/',
      right: 'authentik_core.reset_user_password',
      handle: (call) => {
        const { password } = readFields({ password: required(filled) }, call.body, false, store);
        const now = new Date().toISOString();
        const hash = hashPassword(String(password));
        store.change('users', findRow(store, resource, call), { password: hash, password_change_date: now });
        return noContent;
      },
    },
    ...resourceRoutes(store, resource),
  ];
}

const userResource = (store: Store): ApiResource<'users'> => ({
  path: '/core/users/',
  kind: 'users',
  model: 'User',
  ordering: 'username',
  rights: ['authentik_core', 'user'],
  fields: {
    username: required(filled),
    name: required(textField),
    email: textField,
    is_active: bool,
    groups: listField(reference('groups')),
    roles: listField(reference('roles')),
    path: filled,
    type: choice(...types),
    attributes: json,
  },
  filters: {
    ...byField<User>('username', 'email', 'is_active', 'type', 'uuid', 'name', 'path'),
    attributes: holdsAttributes,
    groups_by_pk: (row, value) => row.groups.includes(value),
    groups_by_name: (row, value) =>
      store.state.groups.some(({ pk, name }) => name === value && row.groups.includes(pk)),
  },
  autocomplete,
  check: ({ username }, row) => {
    if (isTaken(store, username, row)) badRequest('username', 'This field must be unique.');
  },
  create: ({ username, name }) => newUser(store.number('user'), String(username), String(name)),
  change: (row, values) => {
    store.change('users', row, { ...values, last_updated: new Date().toISOString() });
    if (!row.is_active) signOut(store, row.pk);
  },
  remove: ({ pk }) => {
    signOut(store, pk);
    store.remove('tokens', (token) => token.user === pk);
    store.remove('bindings', (binding) => binding.user === pk);
    store.remove('devices', (device) => device.user === pk);
  },
  present: (row, { query }) => showPeople(store).user(row, query.get('include_groups') !== 'false'),
});

/** Ends every session of a user, at the sign-in pages and at the applications. */
export function signOut(store: Store, user: number): void {
  store.remove('sessions', (session) => session.user === user);
  store.remove('outpostSessions', (session) => session.user === user);
}

const isTaken = (store: Store, username: unknown, but: User | null = null) =>
  store.state.users.some((other) => other !== but && other.username === username);

function serviceAccount(store: Store, { body }: Call) {
  const table = { name: required(filled), create_group: bool, expiring: bool, expires: textField };
  const { name, create_group, expiring = true } = readFields(table, body, false, store);
  const username = String(name);
  if (isTaken(store, username)) badRequest('name', 'This field must be unique.');
  const user = store.insert('users', {
    ...newUser(store.number('user'), username, username),
    type: 'service_account',
    path: 'goauthentik.io/service-accounts',
    attributes: { [TOKENS_EXPIRE]: expiring },
  });
  const group = create_group ? store.insert('groups', newGroup(username)) : null;
  if (group) store.change('users', user, { groups: [group.pk] });
  const identifier = `service-account-${username}-password`;
  const token = newToken({ identifier, intent: 'app_password', user: user.pk, expiring: expiring === true });
  store.insert('tokens', token);
  const shown = { username, user_uid: user.uid, user_pk: user.pk, token: token.key };
  return ok(group ? { ...shown, group_pk: group.pk } : shown);
}
