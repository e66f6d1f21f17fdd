import { Failure } from '../../ports/failure.js';
import type { Secrets } from '../../ports/secrets.js';
import type { SecretValue } from '../../domain/middleware/resolved-secrets.js';
import { createVaultClient, type AppRole, type VaultCall, type VaultClient } from './vault-client.js';
import { OWN_MOUNT, STAGING_MOUNT } from './mounts.js';

/** Vault or OpenBao as {@link Secrets}, with the worker's AppRole. */
export function createVaultSecrets(role: AppRole): Secrets {
  const client = createVaultClient(role);
  const { address } = role;
  return {
    address,
    read: (place) => read(client, address, `${OWN_MOUNT}/data/${place}`),
    async keep(place, value) {
      // Check-and-set 0: only where nothing lies yet.
      const body = { options: { cas: 0 }, data: value };
      const path = `${OWN_MOUNT}/data/${place}`;
      const { status } = await accepted(client, address, { method: 'POST', path, body }, [400]);
      // 400: something lies there, or the value was not taken at all.
      if (status === 400 && (await read(client, address, path)) === null) throw refused(address, path, status);
    },
    async staged(id) {
      return (await read(client, address, `${STAGING_MOUNT}/data/${id}`))?.['content'] ?? null;
    },
    async discard(id) {
      await accepted(client, address, { method: 'DELETE', path: `${STAGING_MOUNT}/metadata/${id}` }, [404]);
    },
  };
}

async function read(client: VaultClient, address: string, path: string): Promise<SecretValue | null> {
  const { status, body } = await accepted(client, address, { method: 'GET', path }, [404]);
  return status === 404 ? null : ((body as { data?: { data?: SecretValue | null } }).data?.data ?? null);
}

/** The answer, when it is a success or one of `others`. */
async function accepted(client: VaultClient, address: string, call: VaultCall, others: readonly number[]) {
  const answer = await client.call(call);
  if (answer.status < 300 || others.includes(answer.status)) return answer;
  throw refused(address, call.path, answer.status);
}

/** Vault's own words are left out: they may repeat what was sent. */
export function refused(address: string, path: string, status: number): Failure {
  const kind = status === 429 ? 'unavailable' : 'denied';
  return new Failure(kind, `Vault at ${address} answers ${status} for ${path}`, {
    system: 'vault',
    hint: 'Look at the policy of the role that Hecate uses; see deploy/README.md.',
  });
}
