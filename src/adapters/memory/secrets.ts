import { Failure } from '../../ports/failure.js';
import type { Secrets, Staging } from '../../ports/secrets.js';
import type { SecretValue } from '../../domain/middleware/resolved-secrets.js';

/** Secrets in memory with the contract of the real ones. */
export interface MemorySecrets extends Secrets, Staging {
  /** False: every call throws `Failure('unavailable')`. */
  reachable: boolean;
  /** How often a place of its own was read. */
  readonly reads: () => number;
}

/** Fresh and empty {@link MemorySecrets}. */
export function createMemorySecrets(): MemorySecrets {
  const kept = new Map<string, SecretValue>();
  const staging = new Map<string, string>();
  let reads = 0;
  const secrets: MemorySecrets = {
    address: 'memory',
    reachable: true,
    reads: () => reads,
    async read(place) {
      reach();
      reads++;
      return kept.get(place) ?? null;
    },
    async keep(place, value) {
      reach();
      if (!kept.has(place)) kept.set(place, value);
    },
    async staged(id) {
      reach();
      return staging.get(id) ?? null;
    },
    async discard(id) {
      reach();
      staging.delete(id);
    },
    async stage(id, content) {
      reach();
      if (staging.has(id)) throw new Failure('denied', 'Vault at memory answers 403', { system: 'vault' });
      staging.set(id, content);
    },
  };
  const reach = () => {
    if (!secrets.reachable) throw new Failure('unavailable', 'Vault at memory does not answer', { system: 'vault' });
  };
  return secrets;
}
