import { Failure } from '../../ports/failure.js';
import type { Secrets } from '../../ports/secrets.js';
import type { SecretValue } from '../../domain/middleware/resolved-secrets.js';
import { createVaultClient, type AppRole, type VaultCall, type VaultClient } from './vault-client.js';
import { vaultMounts } from './mounts.js';

/** Returns Vault or OpenBao (KV v2) as {@link Secrets}, with the worker's AppRole. Connects at the first call. */
export function createVaultSecrets(role: AppRole): Secrets {
  const client = createVaultClient(role);
  const { address } = role;
  const { own, staging } = vaultMounts(role.environment);
  return {
    address,
    read: (vaultPath) => read(client, address, `${own}/data/${vaultPath}`),
    async keep(vaultPath, value) {
      // Check-and-set 0: write only where there is no version yet.
      const body = { options: { cas: 0 }, data: value };
      const path = `${own}/data/${vaultPath}`;
      const { status } = await accepted(client, address, { method: 'POST', path, body }, [400]);
      // 400: there is a version already, or Vault refused the value.
      if (status === 400 && (await read(client, address, path)) === null) throw refused(address, path, status);
    },
    async staged(id) {
      return (await read(client, address, `${staging}/data/${id}`))?.['content'] ?? null;
    },
    async discard(id) {
      await accepted(client, address, { method: 'DELETE', path: `${staging}/metadata/${id}` }, [404]);
    },
  };
}

async function read(client: VaultClient, address: string, path: string): Promise<SecretValue | null> {
  const { status, body } = await accepted(client, address, { method: 'GET', path }, [404]);
  return status === 404 ? null : ((body as { data?: { data?: SecretValue | null } }).data?.data ?? null);
}

/** Returns an answer that is a success or has one of the status codes `others`. Throws for all others. */
async function accepted(client: VaultClient, address: string, call: VaultCall, others: readonly number[]) {
  const answer = await client.call(call);
  if (answer.status < 300 || others.includes(answer.status)) return answer;
  throw refused(address, call.path, answer.status);
}

/** Returns the failure for a status code. Without Vault's own message, which may repeat the value that was sent. */
export function refused(address: string, path: string, status: number): Failure {
  const kind = status === 429 ? 'unavailable' : 'denied';
  return new Failure(kind, `Vault at ${address} refuses ${path} (status ${status})`, {
    system: 'vault',
    hint: 'Check the policy of Hecate’s role in Vault; see deploy/README.md.',
  });
}
