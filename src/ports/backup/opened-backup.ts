import type { BackupManifest } from '../../domain/backup/manifest.js';
import type { LogEntry } from '../../domain/log/commit.js';
import type { State } from '../../domain/log/state.js';

/** A message of the log as a backup has it. */
export interface BackedUpMessage {
  /** Sequence in the log's stream. */
  readonly sequence: number;
  readonly subject: string;
  /** Time when the log's server took it, ISO 8601 UTC. */
  readonly time: string;
  /** The exact bytes of the message, as UTF-8 text. */
  readonly data: string;
}

/** The value of a path in Vault's own mount of Hecate, as a backup has it. */
export interface BackedUpSecret {
  readonly value: Readonly<Record<string, string>>;
  /** Time when the value was written, ISO 8601 UTC; null: not known. */
  readonly writtenAt: string | null;
}

/**
 * A backup with all backups that it needs, read to their ends and proven: the hash of each file and part, that nothing is
 * missing, the log's chain of hashes, and its head. Its parts are kept outside the memory, so close it. All methods may be
 * called any number of times and in any order.
 */
export interface OpenedBackup {
  /** Place and name for messages, such as `/backup/main-full-…` or `s3://bucket/hecate/main-full-…`. */
  readonly place: string;
  /** Manifest of the backup that was asked for. */
  readonly last: BackupManifest;
  /** Manifests of its chain, oldest first; the last one is `last`. */
  readonly links: readonly BackupManifest[];
  /** The state at the end of the backup's log; null: it has no log, as a backup of components. */
  readonly state: State | null;
  /** Yields the log's messages from sequence 1 to the end, each once. Empty without a log. */
  messages(): AsyncIterable<BackedUpMessage>;
  /** Yields the log's entries from the first to the last, with the changes of large commits, in the present schema. */
  entries(): AsyncIterable<LogEntry>;
  /** Returns the paths of the parts below a folder such as `caddy/`, sorted. Of several links the newest one counts. */
  parts(folder: string): readonly string[];
  /** Returns the content of a part; null: the backup has none of this path. */
  part(path: string): Promise<Buffer | null>;
  /** Returns the value that a path in Vault had, such as `basic-auth/ops/<edition>`; null: the backup does not have it. */
  secret(vaultPath: string): Promise<BackedUpSecret | null>;
  /** Removes what was kept outside the memory. Idempotent. */
  close(): Promise<void>;
}
