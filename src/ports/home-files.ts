import type { NewPart } from './backup/backups.js';

/** Files of this machine that a new one needs, as parts of a backup. */
export interface HomeFiles {
  /** Yields the identities, keys and recovery keys of Hecate, NATS and OpenBao below `identities/`. */
  identities(): AsyncIterable<NewPart>;
  /** Yields the files of Caddy's storage below `caddy/<name>/`: accounts, certificates, and the internal authority. */
  caddyStorage(): AsyncIterable<NewPart>;
  /** Sentences about what this machine cannot read, such as the storage of a Caddy on another one. Known after the iterations. */
  omitted(): readonly string[];
}
