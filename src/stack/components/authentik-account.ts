import { existsSync, readFileSync } from 'node:fs';
import { Failure } from '../../ports/failure.js';
import { managerRights } from '../../adapters/authentik/calls.js';
import { writePrivate } from '../../adapters/files/private-files.js';

/** Address and credentials for the creation of Hecate's account. */
export interface AccountOptions {
  readonly url: string;
  /** File with an administrator's API token, used only here. */
  readonly adminTokenFile: string;
  /** File that the new account's token is written to. */
  readonly tokenFile: string;
  /** authentik's URL for browsers; null leaves the outpost's own setting. */
  readonly browserUrl: string | null;
}

type Json = Record<string, unknown>;
const EMBEDDED = 'goauthentik.io/outposts/embedded';

/**
 * Creates Hecate's service account in a real authentik, with exactly the rights that it needs, and an API token that does
 * not expire. Idempotent: when the token's file exists, it only sets the outpost's URL for browsers.
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
    // The body may contain secrets, so the message does not repeat it.
    if (!response.ok) {
      throw new Failure('unavailable', `authentik answered ${response.status} to ${method} ${path}`, {
        system: 'authentik',
        hint: "See authentik's own log. A 403 means that HECATE_AUTHENTIK_ADMIN_TOKEN_FILE is not an administrator's token.",
      });
    }
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

/** Sets the outpost's URL for browsers. authentik replaces the whole configuration, so all of it is sent. */
async function nameBrowserUrl(call: Call, browserUrl: string): Promise<void> {
  const outpost = await one(call, `/outposts/instances/?managed__iexact=${EMBEDDED}`);
  if (!outpost)
    throw new Failure('unavailable', 'authentik has no embedded outpost yet', {
      system: 'authentik',
      hint: 'Wait until authentik has started, then repeat the command.',
    });
  const config = outpost['config'] as Json;
  if (config['authentik_host'] === browserUrl) return;
  await call('PATCH', `/outposts/instances/${String(outpost['pk'])}/`, {
    config: { ...config, authentik_host: browserUrl },
  });
}
