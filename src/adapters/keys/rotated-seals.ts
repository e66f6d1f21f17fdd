import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { isObject, readJson, writeJson } from '../files/private-files.js';
import type { SealSecrets } from './worker-seals.js';

/** The secrets of seals that followed from the worker's seed of NATS, once that seed is rotated. */
export interface RotatedSeals {
  /** Returns the secrets in force. Notices at once what another worker of the home wrote. */
  readonly secrets: () => SealSecrets;
  /** Keeps the present secret in a file of its own, so that another seed does not change it. Idempotent. */
  keep(): void;
  /** Replaces a secret that was a seed which is worth nothing now. Its seals hold for another hour, for what is under way. */
  replace(seed: string): void;
}

/** Time (ms) for which seals of a replaced secret hold: as long as requests are remembered. */
const FORMER_HOLDS_MS = 3_600_000;

interface Stored {
  readonly current: string;
  readonly former: readonly { readonly secret: string; /** Milliseconds since 1970. */ readonly until: number }[];
}

/**
 * Returns the secrets of seals in a home. Until a rotation has kept one in `file`, it is `derived`, which follows from the seed.
 * A damaged file counts as missing, and is written again.
 */
export function rotatedSeals(file: string, derived: string, now: () => number = Date.now): RotatedSeals {
  let stored: Stored | null = null;
  let seen = '';
  const read = (): Stored => {
    const found = statSync(file, { throwIfNoEntry: false });
    const look = found === undefined ? '' : `${found.ino}/${found.mtimeMs}/${found.size}`;
    if (look !== seen) [stored, seen] = [readJson<Stored>(file, isSealSecrets).value, look];
    return stored ?? { current: derived, former: [] };
  };
  if (readJson(file, isSealSecrets).broken !== null) writeJson(file, { current: derived, former: [] } satisfies Stored);
  return {
    secrets() {
      const { current, former } = read();
      return { current, former: former.filter(({ until }) => until > now()).map(({ secret }) => secret) };
    },
    keep() {
      const kept = read();
      if (stored === null) writeJson(file, kept);
    },
    replace(seed) {
      const { current, former } = read();
      if (current !== seed) return;
      const held = former.filter(({ until }) => until > now());
      const replaced = { secret: seed, until: now() + FORMER_HOLDS_MS };
      writeJson(file, { current: randomBytes(32).toString('base64url'), former: [replaced, ...held] } satisfies Stored);
    },
  };
}

/** Returns true for the content of the file of {@link rotatedSeals}. */
export function isSealSecrets(value: unknown): boolean {
  const { current, former } = (value ?? {}) as Partial<Record<keyof Stored, unknown>>;
  if (typeof current !== 'string' || !Array.isArray(former)) return false;
  return former.every((one) => isObject(one) && typeof (one as { secret?: unknown }).secret === 'string');
}
