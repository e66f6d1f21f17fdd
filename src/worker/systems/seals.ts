import { createHash } from 'node:crypto';
import { rotatedSeals, type RotatedSeals } from '../../adapters/keys/rotated-seals.js';
import { createSeals } from '../../adapters/keys/worker-seals.js';
import { workerSecret } from '../../adapters/keys/worker-secret.js';
import type { ProxySettings } from '../../domain/caddy/document.js';
import type { Seals } from '../../ports/trust.js';
import type { Connections } from '../../stack/connections.js';
import { homeLayout } from '../../stack/home-layout.js';

/**
 * Creates the seals that every worker of the environment knows: from a key file, its seed of NATS, or a file of the home.
 * `rotated`: the file that replaces the seed when this is rotated; null: the seals do not follow from the seed.
 */
export function sealsOf(
  { nats, home, environment }: Connections,
  env: NodeJS.ProcessEnv,
): { readonly seals: Seals; readonly rotated: RotatedSeals | null } {
  const { workerKey, workerSeals } = homeLayout(home);
  const files = { keyFile: env['HECATE_WORKER_KEY_FILE'] ?? null, seedFile: nats.workerSeedFile };
  const secret = workerSecret({ ...files, ownFile: workerKey });
  if (files.keyFile !== null || files.seedFile === null)
    return { seals: createSeals(secret, environment), rotated: null };
  const rotated = rotatedSeals(workerSeals, secret);
  return { seals: createSeals(rotated.secrets, environment), rotated };
}

/** Returns what marks and traces Hecate's own visits: the same for all workers of the environment, and nobody else knows it. */
export function visitSecrets(seals: Seals): Required<Pick<ProxySettings, 'trace' | 'visitMark'>> {
  const secret = seals.seal('keys of traced visits');
  return { trace: { secret, id: sha256(secret).slice(0, 8) }, visitMark: sha256(`${secret} own visits`) };
}

/** Returns the SHA-256 (hex) of a text. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
