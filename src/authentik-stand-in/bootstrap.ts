import { join } from 'node:path';
import { writePrivate } from '../adapters/files/private-files.js';
import { newGroup } from './api/groups.js';
import { hashPassword } from './store/passwords.js';
import { managerRights } from '../adapters/authentik/account-rights.js';
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

  const secrets = { 'bootstrap-token': adminToken.key, 'akadmin-password': password, 'hecate-token': token.key };
  for (const [name, secret] of Object.entries(secrets)) writePrivate(join(folder, name), `${secret}\n`);
}
