import { readClaim, type Claim } from '../../domain/secrets/claim.js';
import type { StoreEffects } from '../../domain/secrets/kind.js';
import { Failure } from '../../ports/failure.js';
import type { Secrets } from '../../ports/secrets.js';
import { accessPath } from '../backup/destinations.js';
import { vaultOf } from './resolved-secrets.js';

interface Sources extends StoreEffects {
  readonly secrets: Secrets | null;
  /** SHA-256 (hex) of a text. */
  readonly sha256: (text: string) => string;
}

/**
 * Moves staged values to their own paths in Vault. Idempotent, also after a crash at any point: a value that is at its
 * path already stays, and one that is no longer staged must be there. Throws `missing` when a value is in neither place,
 * `invalid` when it has a problem.
 */
export async function claimSecrets(sources: Sources, claims: readonly Claim[]): Promise<void> {
  const vault = vaultOf(sources.secrets);
  for (const claim of claims) {
    const { staged, form, vaultPath } = readClaim(claim);
    const text = await vault.staged(staged);
    if (text !== null) {
      const problem = form.problem(text);
      if (problem !== null) throw new Failure('invalid', `the value cannot be used: ${problem}`);
      // A value that a person deleted in Vault without its metadata cannot be written again.
      if (claim.kind === 'stored' && (await vault.read(vaultPath)) === null) await vault.destroy(vaultPath);
      const value = await form.store(text, sources);
      if (claim.kind === 's3-access') await vault.replace(accessPath(sources, vaultPath), value);
      else await vault.keep(vaultPath, value);
    } else if ((await vault.read(claim.kind === 's3-access' ? accessPath(sources, vaultPath) : vaultPath)) === null)
      throw expired();
    await vault.discard(staged);
  }
}

function expired(): Failure {
  return new Failure('missing', 'the value is no longer in Vault’s staging mount: it expires after an hour', {
    system: 'vault',
    hint: 'Run the command again.',
  });
}
