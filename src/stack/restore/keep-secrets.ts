import type { SecretValue } from '../../domain/middleware/resolved-secrets.js';
import { SCRATCH_FOLDER, type Secrets } from '../../ports/secrets.js';

/** A value of Vault as a backup holds it. */
export interface SavedSecret {
  /** Path in Hecate's own mount, such as `generic/token/aaa…`. */
  readonly vaultPath: string;
  readonly value: SecretValue;
}

/** Values that are written at once. */
const AT_ONCE = 8;

/**
 * Writes the values of a backup into Vault. A value that is there stays, since a path contains the id of its value; so it is
 * idempotent. Leaves out what names the mount's owner, and values that only tried what the role may do. Returns how many it wrote.
 */
export async function keepSecrets(
  vault: Pick<Secrets, 'keep'>,
  secrets: AsyncIterable<SavedSecret> | Iterable<SavedSecret>,
): Promise<number> {
  let [count, waiting]: [number, Promise<void>[]] = [0, []];
  for await (const { vaultPath, value } of secrets) {
    if (isOfMount(vaultPath)) continue;
    count += 1;
    waiting.push(vault.keep(vaultPath, value));
    if (waiting.length < AT_ONCE) continue;
    await Promise.all(waiting);
    waiting = [];
  }
  await Promise.all(waiting);
  return count;
}

/** Returns true for a path whose value belongs to the mount and not to the log. */
function isOfMount(vaultPath: string): boolean {
  return vaultPath.startsWith('owner/') || vaultPath.startsWith(`${SCRATCH_FOLDER}/`);
}
