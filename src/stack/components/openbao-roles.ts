import { createHash } from 'node:crypto';
import { vaultMounts, type Mounts } from '../../adapters/vault/mounts.js';
import type { HomeLayout } from '../home-layout.js';
import { readText, writePrivate } from '../../adapters/files/private-files.js';
import type { OpenbaoCall } from './openbao-api.js';

/** Lifetime of a staged secret, which a command leaves for the worker. */
const STAGED_FOR = '1h';

/** Longest time for which a new secret id lies in its response wrapping. */
const WRAPPED_AT_MOST = '60s';

/**
 * The worker reads and writes Hecate's own mount, takes over what was staged, and rotates the secret ids of Hecate's two roles. It
 * gets a new secret id in a response wrapping only.
 */
const workerPolicy = (mounts: Mounts) => `
path "${mounts.own}/data/*" { capabilities = ["create", "read", "update"] }
path "${mounts.own}/metadata/*" { capabilities = ["read", "list", "delete"] }
path "${mounts.own}/metadata/" { capabilities = ["list"] }
path "${mounts.staging}/data/*" { capabilities = ["read"] }
path "${mounts.staging}/metadata/*" { capabilities = ["delete"] }
${Object.values(roleNames(mounts))
  .map((name) => `auth/approle/role/${name}`)
  .map(
    (role) => `path "${role}/secret-id" {
  capabilities = ["create", "update"]
  min_wrapping_ttl = "1s"
  max_wrapping_ttl = "${WRAPPED_AT_MOST}"
}
path "${role}/secret-id/" { capabilities = ["list"] }
path "${role}/secret-id/lookup" { capabilities = ["create", "update"] }
path "${role}/secret-id-accessor/lookup" { capabilities = ["create", "update"] }
path "${role}/secret-id-accessor/destroy" { capabilities = ["create", "update"] }
`,
  )
  .join('')}`;

/** The command line may create a staged secret, but neither read nor change it. */
const cliPolicy = ({ staging }: Mounts) => `
path "${staging}/data/*" { capabilities = ["create"] }
`;

/** Lifetime of a login's token. It cannot be prolonged, so what was got with a leaked secret id ends soon, too. */
const LIFETIMES = { worker: '20m', cli: '2m' } as const;

const roleNames = ({ own }: Mounts) => ({ worker: `${own}-worker`, cli: `${own}-cli` });

/** Returns a fingerprint of the policies and roles that this version creates. A home with another one gets them anew. */
export function rolesFingerprint(): string {
  const mounts = vaultMounts();
  const parts = [workerPolicy(mounts), cliPolicy(mounts), JSON.stringify(LIFETIMES), STAGED_FOR];
  return createHash('sha256').update(parts.join('\n')).digest('hex');
}

/** Creates the mounts, policies and roles of an environment, and stores the roles' credentials in the home. Idempotent. */
export async function giveRoles(call: OpenbaoCall, layout: HomeLayout, environment?: string): Promise<void> {
  const mounts = vaultMounts(environment);
  const present = (await call('GET', '/sys/mounts')) as Record<string, unknown>;
  for (const mount of [mounts.own, mounts.staging]) {
    if (!(`${mount}/` in present))
      await call('POST', `/sys/mounts/${mount}`, { type: 'kv', options: { version: '2' } });
  }
  await expire(call, mounts.staging);
  const logins = (await call('GET', '/sys/auth')) as Record<string, unknown>;
  if (!('approle/' in logins)) await call('POST', '/sys/auth/approle', { type: 'approle' });
  const { roleId, secretId, cliRoleId, cliSecretId } = layout;
  const names = roleNames(mounts);
  const { worker, cli } = LIFETIMES;
  await giveRole(call, names.worker, { policy: workerPolicy(mounts), ttl: worker, roleId, secretId });
  await giveRole(call, names.cli, { policy: cliPolicy(mounts), ttl: cli, roleId: cliRoleId, secretId: cliSecretId });
  writePrivate(layout.rolesMark, `${rolesFingerprint()}\n`);
}

/** Sets the expiry of staged secrets. Retries for 5 s, since a new mount answers 400 at first. */
async function expire(call: OpenbaoCall, staging: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await call('POST', `/${staging}/config`, { delete_version_after: STAGED_FOR, max_versions: 1 });
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
  const tokens = { token_policies: [name], token_ttl: ttl, token_max_ttl: ttl, token_no_default_policy: false };
  await call('POST', role, tokens);
  if (readText(roleId).value !== null && readText(secretId).value !== null) return;
  const { data: id } = (await call('GET', `${role}/role-id`)) as { data: { role_id: string } };
  const { data: secret } = (await call('POST', `${role}/secret-id`, {})) as { data: { secret_id: string } };
  writePrivate(roleId, `${id.role_id}\n`);
  writePrivate(secretId, `${secret.secret_id}\n`);
}
