import { plainPathOf, vaultPathOf, type Secret } from '../../../domain/resources/secret.js';
import type { Edition } from '../../../domain/secrets/rotation.js';
import type { Credential } from '../../../ports/credentials.js';
import type { Secrets } from '../../../ports/secrets.js';

type Named = Pick<Secret, 'kind' | 'name'>;

/** Reads a value of a secret from Vault; null: Vault has none of this edition. */
export async function readCredential(
  vault: Pick<Secrets, 'read'>,
  secret: Named,
  { edition }: Pick<Edition, 'edition'>,
): Promise<Credential | null> {
  const [value, plain] = await Promise.all([
    vault.read(vaultPathOf({ ...secret, edition })),
    vault.read(plainPathOf(secret, edition)),
  ]);
  return value === null ? null : { edition, value, plain };
}

/**
 * Writes a value of a secret to Vault. One that is there stays. The texts come first, so that no value is without them; those of an
 * attempt that ended before it wrote the value are replaced, since they belong to another one.
 */
export async function keepCredential(
  vault: Pick<Secrets, 'keep' | 'read' | 'destroy'>,
  secret: Named,
  { edition, value, plain }: Credential,
): Promise<void> {
  const vaultPath = vaultPathOf({ ...secret, edition });
  if (plain !== null && (await vault.read(vaultPath)) === null) {
    await vault.destroy(plainPathOf(secret, edition));
    await vault.keep(plainPathOf(secret, edition), plain);
  }
  await vault.keep(vaultPath, value);
}
