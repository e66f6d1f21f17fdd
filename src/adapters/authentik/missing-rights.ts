import { request } from 'undici';
import type { AuthentikAddress } from './client/api-client.js';
import { managerRights, type AuthentikApi } from './client/calls.js';
import { createTokenSource } from './credentials/token-source.js';
import { ownAccount } from './own-account.js';
import { everyResult, PAGE_SIZE } from './client/pages.js';

/** The list of each kind of object that Hecate works on, by the kind's name in rights. */
const LISTS: Readonly<Record<string, string>> = {
  group: 'core/groups/',
  proxyprovider: 'providers/proxy/',
  expressionpolicy: 'policies/expression/',
  policybinding: 'policies/bindings/',
  flow: 'flows/instances/',
  flowstagebinding: 'flows/bindings/',
  authenticatorvalidatestage: 'stages/authenticator/validate/',
  authenticatortotpstage: 'stages/authenticator/totp/',
  outpost: 'outposts/instances/',
  application: 'core/applications/',
};

/** The rights that Hecate's account lacks, and those about which authentik did not say enough. */
export interface MissingRights {
  readonly missing: readonly string[];
  readonly unknown: readonly string[];
}

/**
 * Compares the rights of the account's roles with those that Hecate needs. A right to view or to add that no role has is
 * tried, since it may come from elsewhere: an empty POST creates nothing, and authentik answers 400 with the right, 403
 * without. Rights to change and to delete cannot be tried without an object; they are unknown when the roles are.
 */
export async function missingRights(api: AuthentikApi, address: AuthentikAddress): Promise<MissingRights> {
  const granted = await grantedRights(api);
  if (granted === 'all') return { missing: [], unknown: [] };
  const absent = managerRights.filter((right) => !granted?.has(right));
  const tried = await Promise.all(absent.map((right) => isMissing(address, right)));
  const of = (verdict: boolean | null) => absent.filter((_, index) => tried[index] === verdict);
  return granted === null
    ? { missing: of(true), unknown: of(null) }
    : { missing: absent.filter((_, index) => tried[index] !== false), unknown: [] };
}

/** The rights of the account through its roles; null when authentik does not say them. */
async function grantedRights(api: AuthentikApi): Promise<ReadonlySet<string> | 'all' | null> {
  const { is_superuser, roles } = await ownAccount(api);
  if (is_superuser) return 'all';
  if (roles === undefined) return null;
  const { rbac } = api;
  try {
    const lists = roles.map(({ pk: role }) =>
      everyResult('list the rights of a role', (page) => rbac.rbacPermissionsList({ role, page, pageSize: PAGE_SIZE })),
    );
    return new Set((await Promise.all(lists)).flat().map(({ appLabel, codename }) => `${appLabel}.${codename}`));
  } catch {
    return null;
  }
}

/** Tries a right to view or to add. Null: it cannot be tried. */
async function isMissing(
  { url, tokenFile, tokens = createTokenSource(tokenFile) }: AuthentikAddress,
  right: string,
): Promise<boolean | null> {
  const [, verb, kind = ''] = /\.([a-z]+)_([a-z]+)$/.exec(right) ?? [];
  const path = LISTS[kind];
  // The list of applications is open to every account, and shows those that it may open.
  if (path === undefined || (verb !== 'view' && verb !== 'add') || right.endsWith('.view_application')) return null;
  const use = tokens.begin();
  const method = verb === 'view' ? 'GET' : 'POST';
  try {
    const answer = await request(`${url}/api/v3/${path}${verb === 'view' ? '?page_size=1' : ''}`, {
      method,
      headers: { authorization: `Bearer ${use.token}`, 'content-type': 'application/json' },
      ...(method === 'POST' ? { body: '{}' } : {}),
      signal: AbortSignal.timeout(5_000),
    });
    await answer.body.dump();
    return answer.statusCode === 403;
  } finally {
    use.end(false);
  }
}
