import { hostname } from 'node:os';
import { createVaultApproleIssuer, ownSecretIds, type ApproleDeps } from '../../adapters/vault/approle-issuer.js';
import { createVaultClient, type AppRole, type VaultClient } from '../../adapters/vault/vault-client.js';
import type { Issuer, OwnCredential } from '../../ports/credentials.js';
import type { Connections } from '../../stack/connections.js';

/** The worker's AppRole with the one client that all its parts use, so that all of them follow a rotated secret id. */
export interface VaultUse {
  readonly role: AppRole;
  readonly client: VaultClient;
}

/** Returns the worker's way to Vault. Null: it has no AppRole. Connects at the first call. */
export function vaultUse({ vault: { address, roleIdFile, secretIdFile, environment } }: Connections): VaultUse | null {
  if (!roleIdFile || !secretIdFile) return null;
  const named = environment === undefined ? {} : { environment };
  const role = { address, roleIdFile, secretIdFile, ...named };
  return { role, client: createVaultClient(role) };
}

/** Returns the issuer of the kind `vault-approle`; a text: why this worker has none. */
export function vaultIssuer(connections: Connections, use: VaultUse | null): Issuer | string {
  if (use === null)
    return 'no Vault is configured for the worker. Set HECATE_VAULT_ADDR, HECATE_VAULT_ROLE_ID_FILE and HECATE_VAULT_SECRET_ID_FILE';
  return createVaultApproleIssuer(approleDeps(connections, use));
}

/** Returns a finder of the secret ids of the worker and of commands. */
export function ownVaultCredentials(
  connections: Connections,
  use: VaultUse | null,
): () => Promise<readonly OwnCredential[]> {
  return use === null ? () => Promise.resolve([]) : ownSecretIds(approleDeps(connections, use));
}

function approleDeps({ vault: { cliRoleIdFile, cliSecretIdFile } }: Connections, use: VaultUse): ApproleDeps {
  const hasCli = Boolean(cliRoleIdFile) && Boolean(cliSecretIdFile);
  const cliFiles = hasCli ? { roleIdFile: cliRoleIdFile ?? '', secretIdFile: cliSecretIdFile ?? '' } : null;
  return { ...use, cliFiles, workerName: `worker ${hostname()}/${process.pid}` };
}
