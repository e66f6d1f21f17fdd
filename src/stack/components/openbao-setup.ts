import { existsSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'undici';
import { Failure } from '../../ports/failure.js';
import type { HomeLayout } from '../home-layout.js';
import { writePrivate } from '../private-files.js';

const policyName = 'hecate-worker';
const policy = `
path "hecate/data/*" { capabilities = ["create", "read", "update"] }
path "hecate/metadata/*" { capabilities = ["create", "read", "update", "list"] }
path "hecate/metadata/" { capabilities = ["list"] }
`;

/**
 * Initialises OpenBao once and gives the worker an AppRole that reaches nothing but Hecate's own mount.
 * The root token lives in a 0600 file from the first call until it is revoked at the end, so that a crash
 * in between is made good by the next start.
 */
export async function setUpOpenbao(address: string, layout: HomeLayout): Promise<void> {
  if ((await health(address)) === 501) await initialise(address, layout);
  await untilActive(address);
  if (existsSync(layout.rootToken)) await giveRole(address, layout);
  else if (!existsSync(layout.secretId)) throw interrupted(address, layout);
}

/** Status code of the health endpoint: 200 active, 501 not initialised, 503 sealed. */
export async function health(address: string): Promise<number> {
  const { statusCode, body } = await request(`${address}/v1/sys/health`, { headersTimeout: 2_000 });
  await body.dump();
  return statusCode;
}

async function initialise(address: string, layout: HomeLayout): Promise<void> {
  const answer = await call(address, 'PUT', '/sys/init', { recovery_shares: 1, recovery_threshold: 1 });
  const { recovery_keys_base64: keys, root_token: token } = answer as InitAnswer;
  writePrivate(layout.rootToken, token);
  writePrivate(layout.recoveryKey, `${keys[0] ?? ''}\n`);
}

interface InitAnswer {
  readonly recovery_keys_base64: readonly string[];
  readonly root_token: string;
}

async function untilActive(address: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while ((await health(address)) !== 200) {
    if (Date.now() > deadline) throw new Failure('unavailable', `OpenBao at ${address} does not unseal itself`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** Every step may be repeated. */
async function giveRole(address: string, layout: HomeLayout): Promise<void> {
  const token = readFileSync(layout.rootToken, 'utf8');
  const as = (method: string, path: string, body?: unknown) => call(address, method, path, body, token);
  const mounts = (await as('GET', '/sys/mounts')) as Record<string, unknown>;
  if (!('hecate/' in mounts)) await as('POST', '/sys/mounts/hecate', { type: 'kv', options: { version: '2' } });
  const logins = (await as('GET', '/sys/auth')) as Record<string, unknown>;
  if (!('approle/' in logins)) await as('POST', '/sys/auth/approle', { type: 'approle' });
  await as('PUT', `/sys/policies/acl/${policyName}`, { policy });
  const role = `/auth/approle/role/${policyName}`;
  await as('POST', role, {
    token_policies: [policyName],
    token_ttl: '1h',
    token_max_ttl: '24h',
    token_no_default_policy: false,
  });
  const { data: id } = (await as('GET', `${role}/role-id`)) as { data: { role_id: string } };
  const { data: secret } = (await as('POST', `${role}/secret-id`, {})) as { data: { secret_id: string } };
  writePrivate(layout.roleId, `${id.role_id}\n`);
  writePrivate(layout.secretId, `${secret.secret_id}\n`);
  await as('POST', '/auth/token/revoke-self');
  rmSync(layout.rootToken);
}

function interrupted(address: string, layout: HomeLayout): Failure {
  return new Failure('denied', 'OpenBao was initialised, but the answer was lost before it could be kept', {
    system: `openbao at ${address}`,
    hint: `Nothing is stored in it yet: run \`hecate down\`, remove ${layout.openbao}, and run \`hecate up\`.`,
  });
}

async function call(address: string, method: string, path: string, body?: unknown, token?: string): Promise<unknown> {
  const response = await request(`${address}/v1${path}`, {
    method: method as 'GET',
    headers: { 'content-type': 'application/json', ...(token ? { 'x-vault-token': token } : {}) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    headersTimeout: 30_000,
  });
  const text = await response.body.text();
  if (response.statusCode < 300) return text === '' ? {} : JSON.parse(text);
  throw new Failure('unavailable', `OpenBao answers ${response.statusCode} to ${method} ${path}: ${text.trim()}`, {
    system: `openbao at ${address}`,
  });
}
