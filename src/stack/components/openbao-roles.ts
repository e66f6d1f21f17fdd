import { createHash } from 'node:crypto';
import { vaultMounts, type Mounts } from '../../adapters/vault/mounts.js';
import type { HomeLayout } from '../home-layout.js';
import { readText, writePrivate } from '../../adapters/files/private-files.js';
import type { OpenbaoCall } from './openbao-api.js';

/** Lifetime of a staged secret, which a command leaves for the worker. */
const STAGED_FOR = '1h';

/** Role of the own PKI engine, for certificates of routes. */
const PKI_ROLE = 'routes';
const AUTHORITY_LASTS = '87600h';
/** Longest lifetime of a certificate, and the usual one. */
const CERTIFICATE_LASTS = { most: '8760h', usually: '2160h' };

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
path "${mounts.pki}/issue/${PKI_ROLE}" { capabilities = ["create", "update"] }
path "${mounts.pki}/revoke" { capabilities = ["create", "update"] }
path "${mounts.pki}/cert/*" { capabilities = ["read"] }
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
  const parts = [
    workerPolicy(mounts),
    cliPolicy(mounts),
    JSON.stringify([LIFETIMES, CERTIFICATE_LASTS]),
    STAGED_FOR,
    'no lockout',
  ];
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
  // Five wrong secret ids would lock a role, and with it the worker. They cannot be guessed, so the lock protects nothing.
  await call('POST', '/sys/auth/approle/tune', { user_lockout_config: { lockout_disable: true } });
  const { roleId, secretId, cliRoleId, cliSecretId } = layout;
  if (!(`${mounts.pki}/` in present)) await call('POST', `/sys/mounts/${mounts.pki}`, { type: 'pki' });
  await givePki(call, mounts.pki);
  const names = roleNames(mounts);
  const { worker, cli } = LIFETIMES;
  const { own } = mounts;
  await giveRole(call, names.worker, {
    ...{ policy: workerPolicy(mounts), ttl: worker, roleId, secretId },
    metadata: { hecate: own, secret: 'vault-worker' },
  });
  await giveRole(call, names.cli, {
    ...{ policy: cliPolicy(mounts), ttl: cli, roleId: cliRoleId, secretId: cliSecretId },
    metadata: { hecate: own, secret: 'vault-cli' },
  });
  writePrivate(layout.rolesMark, `${rolesFingerprint()}\n`);
}

/** Makes the engine's own authority once, and its role. Who visits the routes must trust this authority. */
async function givePki(call: OpenbaoCall, mount: string): Promise<void> {
  await call('POST', `/sys/mounts/${mount}/tune`, { max_lease_ttl: AUTHORITY_LASTS });
  const issuers = (await call('GET', `/${mount}/issuers?list=true`).catch(() => null)) as object | null;
  if (issuers === null) {
    const authority = { common_name: 'Hecate PKI in OpenBao', ttl: AUTHORITY_LASTS, key_type: 'ec', key_bits: 256 };
    await call('POST', `/${mount}/root/generate/internal`, authority);
  }
  await call('POST', `/${mount}/roles/${PKI_ROLE}`, {
    ...{ allow_any_name: true, allow_wildcard_certificates: true, server_flag: true, client_flag: false },
    ...{ key_type: 'ec', key_bits: 256, no_store: false },
    ...{ ttl: CERTIFICATE_LASTS.usually, max_ttl: CERTIFICATE_LASTS.most },
  });
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
  /** Metadata of a secret id; see `createVaultApproleIssuer`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Creates a role. Creates its credentials only when the home lacks them. */
async function giveRole(
  call: OpenbaoCall,
  name: string,
  { policy, ttl, roleId, secretId, metadata }: Role,
): Promise<void> {
  await call('PUT', `/sys/policies/acl/${name}`, { policy });
  const role = `/auth/approle/role/${name}`;
  const tokens = { token_policies: [name], token_ttl: ttl, token_max_ttl: ttl, token_no_default_policy: false };
  await call('POST', role, tokens);
  if (readText(roleId).value !== null && readText(secretId).value !== null) return;
  const { data: id } = (await call('GET', `${role}/role-id`)) as { data: { role_id: string } };
  const { data: secret } = (await call('POST', `${role}/secret-id`, { metadata: JSON.stringify(metadata) })) as {
    data: { secret_id: string };
  };
  writePrivate(roleId, `${id.role_id}\n`);
  writePrivate(secretId, `${secret.secret_id}\n`);
}
