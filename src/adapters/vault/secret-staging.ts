import type { SecretStaging } from '../../ports/secrets.js';
import { vaultMounts } from './mounts.js';
import { createVaultClient, type AppRole } from './vault-client.js';
import { refused } from './vault-secrets.js';

/** Returns the staging mount of Vault or OpenBao, with the command line's AppRole. Connects at the first call. */
export function createSecretStaging(role: AppRole): SecretStaging {
  const client = createVaultClient(role);
  const { staging } = vaultMounts(role.environment);
  return {
    async stage(id, content) {
      const path = `${staging}/data/${id}`;
      const { status } = await client.call({ method: 'POST', path, body: { options: { cas: 0 }, data: { content } } });
      if (status >= 300) throw refused(role.address, { method: 'POST', path }, status);
    },
  };
}
