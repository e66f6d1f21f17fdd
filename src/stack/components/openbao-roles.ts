import { OWN_MOUNT, SECRET_STAGING_MOUNT } from '../../adapters/vault/mounts.js';
import type { HomeLayout } from '../home-layout.js';
import { readText, writePrivate } from '../../adapters/files/private-files.js';
import type { OpenbaoCall } from './openbao-api.js';

/** Lifetime of a staged secret, which a command leaves for the worker. */
const STAGED_FOR = '1h';

const workerPolicy = `
path "${OWN_MOUNT}/data/*" { capabilities = ["create", "read", "update"] }
path "${OWN_MOUNT}/metadata/*" { capabilities = ["create", "read", "update", "list"] }
path "${OWN_MOUNT}/metadata/" { capabilities = ["list"] }
path "${SECRET_STAGING_MOUNT}/data/*" { capabilities = ["read"] }
path "${SECRET_STAGING_MOUNT}/metadata/*" { capabilities = ["delete"] }
`;

/** The command line may create a staged secret, but neither read nor change it. */
const cliPolicy = `
path "${SECRET_STAGING_MOUNT}/data/*" { capabilities = ["create"] }
`;

/** Creates Hecate's mounts, policies and roles, and stores the roles' credentials in the home. Idempotent. */
export async function giveRoles(call: OpenbaoCall, layout: HomeLayout): Promise<void> {
  const mounts = (await call('GET', '/sys/mounts')) as Record<string, unknown>;
  for (const mount of [OWN_MOUNT, SECRET_STAGING_MOUNT]) {
    if (!(`${mount}/` in mounts)) await call('POST', `/sys/mounts/${mount}`, { type: 'kv', options: { version: '2' } });
  }
  await expire(call);
  const logins = (await call('GET', '/sys/auth')) as Record<string, unknown>;
  if (!('approle/' in logins)) await call('POST', '/sys/auth/approle', { type: 'approle' });
  const { roleId, secretId, cliRoleId, cliSecretId } = layout;
  await giveRole(call, 'hecate-worker', { policy: workerPolicy, ttl: '1h', roleId, secretId });
  await giveRole(call, 'hecate-cli', { policy: cliPolicy, ttl: '2m', roleId: cliRoleId, secretId: cliSecretId });
}

/** Sets the expiry of staged secrets. Retries for 5 s, since a new mount answers 400 at first. */
async function expire(call: OpenbaoCall): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await call('POST', `/${SECRET_STAGING_MOUNT}/config`, { delete_version_after: STAGED_FOR, max_versions: 1 });
      return;
    } catch (error) {
      if (attempt === 50) throw error;
      await new Promise((done) => setTimeout(done, 100));
    }
  }
}

interface Role {
  readonly policy: string;
  /** Lifetime of a login's token. */
  readonly ttl: string;
  readonly roleId: string;
  readonly secretId: string;
}

/** Creates a role. Creates its credentials only when the home lacks them. */
async function giveRole(call: OpenbaoCall, name: string, { policy, ttl, roleId, secretId }: Role): Promise<void> {
  await call('PUT', `/sys/policies/acl/${name}`, { policy });
  const role = `/auth/approle/role/${name}`;
  const tokens = { token_policies: [name], token_ttl: ttl, token_max_ttl: '24h', token_no_default_policy: false };
  await call('POST', role, tokens);
  if (readText(roleId).value !== null && readText(secretId).value !== null) return;
  const { data: id } = (await call('GET', `${role}/role-id`)) as { data: { role_id: string } };
  const { data: secret } = (await call('POST', `${role}/secret-id`, {})) as { data: { secret_id: string } };
  writePrivate(roleId, `${id.role_id}\n`);
  writePrivate(secretId, `${secret.secret_id}\n`);
}
