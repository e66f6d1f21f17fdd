import type { Staging } from '../../ports/secrets.js';
import { STAGING_MOUNT } from './mounts.js';
import { createVaultClient, type AppRole } from './vault-client.js';
import { refused } from './vault-secrets.js';

/** The staging place of Vault or OpenBao, with the AppRole of the command line. */
export function createVaultStaging(role: AppRole): Staging {
  const client = createVaultClient(role);
  return {
    async stage(id, content) {
      const path = `${STAGING_MOUNT}/data/${id}`;
      const { status } = await client.call({ method: 'POST', path, body: { options: { cas: 0 }, data: { content } } });
      if (status >= 300) throw refused(role.address, path, status);
    },
  };
}
