import { existsSync, readFileSync } from 'node:fs';
import { Failure } from '../ports/failure.js';
import { managerRights } from '../adapters/authentik/account-rights.js';
import { writePrivate } from './private-files.js';

/** What making the account takes. */
export interface AccountOptions {
  readonly url: string;
  /** Holds an administrator's API token; used for this and nothing else. */
  readonly adminTokenFile: string;
  /** Gets the new account's token. */
  readonly tokenFile: string;
  /** Where browsers reach authentik; null: whoever runs it says so there. */
  readonly browserUrl: string | null;
}

type Json = Record<string, unknown>;
const EMBEDDED = 'goauthentik.io/outposts/embedded';

/**
 * Makes the service account by which Hecate uses a real authentik, with the rights that it needs and no other, and an API
 * token that does not expire. Idempotent: with the token's file there it only looks at the outpost's address.
 */
export async function ensureAuthentikAccount(options: AccountOptions): Promise<void> {
  const call = caller(options);
  if (options.browserUrl !== null) await nameBrowserUrl(call, options.browserUrl);
  if (existsSync(options.tokenFile)) return;
  const role =
    (await one(call, '/rbac/roles/?name=hecate')) ?? (await call('POST', '/rbac/roles/', { name: 'hecate' }));
  const permissions = [...managerRights];
  await call('POST', `/rbac/permissions/assigned_by_roles/${String(role['pk'])}/assign/`, { permissions });
  const user = await account(call);
  await call('PATCH', `/core/users/${user}/`, { roles: [role['pk']] });
  const identifier = 'hecate';
  if (!(await one(call, `/core/tokens/?identifier=${identifier}`))) {
    await call('POST', '/core/tokens/', { identifier, intent: 'api', user, expiring: false, description: 'Hecate' });
  }
  const { key } = await call('GET', `/core/tokens/${identifier}/view_key/`);
  writePrivate(options.tokenFile, `${String(key)}\n`);
}

type Call = (method: string, path: string, body?: Json) => Promise<Json>;

function caller({ url, adminTokenFile }: AccountOptions): Call {
  const token = readFileSync(adminTokenFile, 'utf8').trim();
  return async (method, path, body) => {
    const response = await fetch(`${url}/api/v3${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(15_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    // Its answers may hold what only the caller should know, so they are not repeated.
    if (!response.ok) throw new Failure('unavailable', `authentik answered ${response.status} to ${method} ${path}`);
    return text === '' ? {} : (JSON.parse(text) as Json);
  };
}

async function one(call: Call, path: string): Promise<Json | null> {
  const { results } = (await call('GET', path)) as { results: readonly Json[] };
  return results[0] ?? null;
}

async function account(call: Call): Promise<number> {
  const found = await one(call, '/core/users/?username=hecate');
  if (found) return Number(found['pk']);
  const body = { name: 'hecate', create_group: false, expiring: false };
  return Number((await call('POST', '/core/users/service_account/', body))['user_pk']);
}

/** The configuration is replaced whole, so all of it is sent. */
async function nameBrowserUrl(call: Call, browserUrl: string): Promise<void> {
  const outpost = await one(call, `/outposts/instances/?managed__iexact=${EMBEDDED}`);
  if (!outpost) throw new Failure('unavailable', 'authentik has no embedded outpost yet');
  const config = outpost['config'] as Json;
  if (config['authentik_host'] === browserUrl) return;
  await call('PATCH', `/outposts/instances/${String(outpost['pk'])}/`, {
    config: { ...config, authentik_host: browserUrl },
  });
}
