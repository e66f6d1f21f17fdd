import { join } from 'node:path';
import { readText, writePrivate } from '../adapters/files/private-files.js';
import { newGroup } from './api/groups.js';
import { hashPassword } from './store/passwords.js';
import { managerRights } from '../adapters/authentik/calls.js';
import { newUser } from './store/seed.js';
import { randomKey, uuid, type Store } from './store/store.js';
import { newToken } from './api/tokens.js';

/** Creates the first accounts and writes their secrets into `folder`: akadmin's token and password, and Hecate's token. */
export function bootstrap(store: Store, folder: string, groups: readonly string[]): void {
  const admin = store.state.users.find(({ username }) => username === 'akadmin')!;
  const password = randomKey(24);
  store.change('users', admin, { password: hashPassword(password) });
  const adminToken = newToken({
    identifier: 'authentik-bootstrap-token',
    intent: 'api',
    user: admin.pk,
    expiring: false,
  });
  store.insert('tokens', adminToken);

  for (const name of groups) store.insert('groups', newGroup(name));
  const role = store.insert('roles', { pk: uuid(), name: 'hecate', permissions: [...managerRights] });
  const hecate = store.insert('users', {
    ...newUser(store.number('user'), 'hecate', 'hecate'),
    type: 'service_account',
    path: 'goauthentik.io/service-accounts',
    roles: [role.pk],
  });
  const token = newToken({ identifier: 'hecate', intent: 'api', user: hecate.pk, expiring: false });
  store.insert('tokens', token);

  writeSecret(folder, 'akadmin-password', password);
  writeTokens(store, folder);
}

/** Gives Hecate's role the rights that this version needs; one that was made by an older version lacks new ones. */
export function renewRights(store: Store): void {
  const role = store.state.roles.find(({ name }) => name === 'hecate');
  const missing = managerRights.filter((right) => !role?.permissions.includes(right));
  if (role && missing.length > 0) store.change('roles', role, { permissions: [...role.permissions, ...missing] });
}

/** Files of the first accounts' tokens, with the identifier of each. */
const tokenFiles = { 'bootstrap-token': 'authentik-bootstrap-token', 'hecate-token': 'hecate' };

/** Writes the files of the first accounts' tokens that are missing or empty. Returns the names of those written. */
export function writeTokens(store: Store, folder: string): readonly string[] {
  return Object.entries(tokenFiles).flatMap(([name, identifier]) => {
    const key = store.state.tokens.find((token) => token.identifier === identifier)?.key;
    if (key === undefined || readText(join(folder, name)).value === key) return [];
    writeSecret(folder, name, key);
    return [name];
  });
}

/** Gives akadmin a new password when the file with it is missing or empty: the store has only its hash. */
export function renewPassword(store: Store, folder: string): boolean {
  const admin = store.state.users.find(({ username }) => username === 'akadmin');
  if (admin === undefined || readText(join(folder, 'akadmin-password')).value !== null) return false;
  const password = randomKey(24);
  store.change('users', admin, { password: hashPassword(password) });
  writeSecret(folder, 'akadmin-password', password);
  return true;
}

function writeSecret(folder: string, name: string, secret: string): void {
  writePrivate(join(folder, name), `${secret}\n`);
}
