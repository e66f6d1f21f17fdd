import { join } from 'node:path';
import { readText, writePrivate } from '../adapters/files/private-files.js';
import { newGroup } from './api/groups.js';
import { hashPassword } from './store/passwords.js';
import { managerRights } from '../adapters/authentik/client/calls.js';
import { newUser } from './store/seed.js';
import { TOKENS_EXPIRE, type Token, type User } from './store/objects.js';
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
    attributes: { [TOKENS_EXPIRE]: false },
  });
  const token = newToken({ identifier: 'hecate', intent: 'api', user: hecate.pk, expiring: false });
  store.insert('tokens', token);

  writeSecret(folder, 'akadmin-password', password);
  writeTokens(store, folder);
}

/** Gives Hecate's account what this version needs; one that was made by an older version lacks new rights. */
export function renewRights(store: Store): void {
  const role = store.state.roles.find(({ name }) => name === 'hecate');
  const missing = managerRights.filter((right) => !role?.permissions.includes(right));
  if (role && missing.length > 0) store.change('roles', role, { permissions: [...role.permissions, ...missing] });
  const account = accountOf(store);
  if (account === undefined || account.attributes[TOKENS_EXPIRE] === false) return;
  store.change('users', account, { attributes: { ...account.attributes, [TOKENS_EXPIRE]: false } });
}

/**
 * Writes the files of the first accounts' tokens that are missing or hold no valid one. Hecate changes its own token, so any
 * valid one of its account stays, and its newest one is written. Returns the names of the files written.
 */
export function writeTokens(store: Store, folder: string): readonly string[] {
  const account = accountOf(store)?.pk;
  const keys = {
    'bootstrap-token': keysOf(store, ({ identifier }) => identifier === 'authentik-bootstrap-token'),
    'hecate-token': keysOf(store, ({ user, intent }) => user === account && intent === 'api'),
  };
  return Object.entries(keys).flatMap(([name, valid]) => {
    const newest = valid.at(-1);
    const { value } = readText(join(folder, name));
    if (newest === undefined || (value !== null && valid.includes(value))) return [];
    writeSecret(folder, name, newest);
    return [name];
  });
}

function accountOf({ state }: Store): User | undefined {
  return state.users.find(({ username, type }) => username === 'hecate' && type === 'service_account');
}

/** Keys of the tokens that match, the newest last. */
function keysOf({ state }: Store, matches: (token: Token) => boolean): readonly string[] {
  return state.tokens.filter(matches).map(({ key }) => key);
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
