import { Failure } from '../../ports/failure.js';
import type { Secrets, SecretStaging } from '../../ports/secrets.js';
import type { SecretValue } from '../../domain/middleware/resolved-secrets.js';

/** Both mounts of Vault in memory, for tests. They pass the same contract suite as the real ones. */
export interface MemorySecrets extends Secrets, SecretStaging {
  /** Set to false: every call throws `Failure('unavailable')`. */
  reachable: boolean;
  /** Returns the number of calls of `read`. */
  readonly reads: () => number;
}

/** Returns {@link MemorySecrets} without a value. `now`: the time of what is written, ISO 8601 UTC. */
export function createMemorySecrets(now: () => string = () => new Date().toISOString()): MemorySecrets {
  const kept = new Map<string, SecretValue>();
  const written = new Map<string, string>();
  const staging = new Map<string, string>();
  let reads = 0;
  const secrets: MemorySecrets = {
    address: 'memory',
    reachable: true,
    reads: () => reads,
    async read(vaultPath) {
      reach();
      reads++;
      return kept.get(vaultPath) ?? null;
    },
    async keep(vaultPath, value) {
      reach();
      if (kept.has(vaultPath)) return;
      kept.set(vaultPath, value);
      written.set(vaultPath, now());
    },
    async replace(vaultPath, value) {
      reach();
      kept.set(vaultPath, value);
      written.set(vaultPath, now());
    },
    async staged(id) {
      reach();
      return staging.get(id) ?? null;
    },
    async discard(id) {
      reach();
      staging.delete(id);
    },
    async destroy(vaultPath) {
      reach();
      kept.delete(vaultPath);
      written.delete(vaultPath);
    },
    async list(folder) {
      reach();
      const prefix = folder === '' ? '' : `${folder}/`;
      const below = [...kept.keys()].filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
      return [
        ...new Set(below.map((path) => (path.includes('/') ? path.slice(0, path.indexOf('/') + 1) : path))),
      ].sort();
    },
    async writtenAt(vaultPath) {
      reach();
      return written.get(vaultPath) ?? null;
    },
    async probe() {
      reach();
    },
    async stage(id, content) {
      reach();
      if (staging.has(id))
        throw new Failure('denied', 'Vault at memory refuses the staged id (status 403)', { system: 'vault' });
      staging.set(id, content);
    },
  };
  const reach = () => {
    if (!secrets.reachable) throw new Failure('unavailable', 'Vault at memory does not answer', { system: 'vault' });
  };
  return secrets;
}
