import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivate } from '../private-files.js';
import { hashPassword } from './passwords.js';
import { newGroup } from './groups.js';
import { managerRights } from './rights.js';
import { newUser } from './seed.js';
import { randomKey, uuid, type Store } from './store.js';
import { newToken } from './tokens.js';

/** Groups that the documentation's examples name. */
const EXAMPLE_GROUPS = ['admin', 'staff', 'superuser', 'users'];

/**
 * Credentials of a fresh stand-in, each in a file that only the owner can read: `bootstrap-token` and `akadmin-password`
 * of its administrator, and `hecate-token` of a service account with the rights that Hecate needs and no other.
 */
export function prepareCredentials(store: Store, folder: string): void {
  const write = (name: string, secret: string) => writePrivate(join(folder, name), secret);
  if (!store.isNew && existsSync(join(folder, 'hecate-token'))) return;
  const admin = store.state.users.find(({ username }) => username === 'akadmin')!;
  const password = randomKey(24);
  store.change('users', admin, { password: hashPassword(password) });
  write('akadmin-password', password);
  write('bootstrap-token', tokenFor(store, 'authentik-bootstrap-token', admin.pk));
  for (const name of EXAMPLE_GROUPS) store.insert('groups', newGroup(name));
  const role = { pk: uuid(), name: 'hecate', permissions: [...managerRights] };
  store.insert('roles', role);
  const account = newUser(store.number('user'), 'hecate', 'Hecate');
  store.insert('users', { ...account, type: 'service_account', roles: [role.pk] });
  write('hecate-token', tokenFor(store, 'hecate', account.pk));
  store.flush();
}

function tokenFor(store: Store, identifier: string, user: number): string {
  store.remove('tokens', (token) => token.identifier === identifier);
  return store.insert('tokens', newToken({ identifier, intent: 'api', user, expiring: false })).key;
}
