import { randomUUID } from 'node:crypto';
import { Failure } from '../../ports/failure.js';
import { SCRATCH_FOLDER, type Secrets } from '../../ports/secrets.js';
import type { SecretValue } from '../../domain/middleware/resolved-secrets.js';
import type { VaultCall } from './ask-vault.js';
import { createVaultClient, type AppRole, type VaultClient } from './vault-client.js';
import { vaultMounts } from './mounts.js';

/** Returns Vault or OpenBao (KV v2) as {@link Secrets}, with the worker's AppRole. Connects at the first call. */
export function createVaultSecrets(role: AppRole, client: VaultClient = createVaultClient(role)): Secrets {
  const { address } = role;
  const { own, staging } = vaultMounts(role.environment);
  const secrets: Secrets = {
    address,
    read: (vaultPath) => read(client, address, `${own}/data/${vaultPath}`),
    async keep(vaultPath, value) {
      // Check-and-set 0: write only where there is no version yet.
      const body = { options: { cas: 0 }, data: value };
      const path = `${own}/data/${vaultPath}`;
      const { status } = await accepted(client, address, { method: 'POST', path, body }, [400]);
      // 400: there is a version already, or Vault refused the value.
      if (status === 400 && (await read(client, address, path)) === null)
        throw refused(address, { method: 'POST', path }, status);
    },
    async replace(vaultPath, value) {
      await accepted(client, address, { method: 'POST', path: `${own}/data/${vaultPath}`, body: { data: value } }, []);
    },
    async staged(id) {
      return (await read(client, address, `${staging}/data/${id}`))?.['content'] ?? null;
    },
    async discard(id) {
      await accepted(client, address, { method: 'DELETE', path: `${staging}/metadata/${id}` }, [404]);
    },
    async destroy(vaultPath) {
      await accepted(client, address, { method: 'DELETE', path: `${own}/metadata/${vaultPath}` }, [404]);
    },
    list: (folder) => list(client, address, `${own}/metadata/${folder === '' ? '' : `${folder}/`}`),
    async writtenAt(vaultPath) {
      const call = { method: 'GET', path: `${own}/metadata/${vaultPath}` } as const;
      const { status, body } = await accepted(client, address, call, [404]);
      return status === 404 ? null : ((body as { data?: { created_time?: string } }).data?.created_time ?? null);
    },
    async probe() {
      const id = randomUUID();
      const scratch = `${SCRATCH_FOLDER}/${id}`;
      await secrets.keep(scratch, { probe: id });
      const back = await secrets.read(scratch);
      if (back?.['probe'] !== id) throw notReadBack(address, `${own}/data/${scratch}`);
      await secrets.list(SCRATCH_FOLDER);
      await secrets.destroy(scratch);
    },
  };
  return secrets;
}

async function list(client: VaultClient, address: string, path: string): Promise<readonly string[]> {
  const { status, body } = await accepted(client, address, { method: 'GET', path: `${path}?list=true` }, [404]);
  if (status === 404) return [];
  return ((body as { data?: { keys?: readonly string[] } }).data?.keys ?? []).toSorted();
}

async function read(client: VaultClient, address: string, path: string): Promise<SecretValue | null> {
  const { status, body } = await accepted(client, address, { method: 'GET', path }, [404]);
  return status === 404 ? null : ((body as { data?: { data?: SecretValue | null } }).data?.data ?? null);
}

/** Returns an answer that is a success or has one of the status codes `others`. Throws for all others. */
async function accepted(client: VaultClient, address: string, call: VaultCall, others: readonly number[]) {
  const answer = await client.call(call);
  if (answer.status < 300 || others.includes(answer.status)) return answer;
  throw refused(address, call, answer.status);
}

/** Returns the failure for a status code. Without Vault's own message, which may repeat the value that was sent. */
export function refused(
  address: string,
  { method, path }: Pick<VaultCall, 'method' | 'path'>,
  status: number,
): Failure {
  const kind = status === 429 ? 'unavailable' : 'denied';
  const missing = status === 403 ? `, capability ${capabilityFor(method, path)}` : '';
  const [plain] = path.split('?');
  return new Failure(kind, `Vault at ${address} refuses ${plain}${missing} (status ${status})`, {
    system: 'vault',
    hint: 'Check the policy of Hecate’s role in Vault; see deploy/README.md.',
  });
}

/** Returns the capabilities of a Vault policy that allow a call. */
function capabilityFor(method: VaultCall['method'], path: string): string {
  if (method === 'DELETE') return 'delete';
  if (method === 'POST') return 'create or update';
  return path.endsWith('?list=true') ? 'list' : 'read';
}

function notReadBack(address: string, path: string): Failure {
  return new Failure('denied', `Vault at ${address} does not give back what was written to ${path}`, {
    system: 'vault',
    hint: 'Check that the mount is a KV mount of version 2; see deploy/README.md.',
  });
}
