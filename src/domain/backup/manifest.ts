// Backups: what is in one, how they form chains, which are kept. May import values, resources and log.
import { z } from 'zod';

/** Version of the format of backups. Increase it when an older Hecate could not restore a new backup. */
export const FORMAT_VERSION = 1;

/**
 * Kinds of backups. `full`: the whole log and all that a new machine needs. `incremental`: the part of the log since another
 * backup. `components`: the state of some components, without log and secrets.
 */
export const backupKinds = ['full', 'incremental', 'components'] as const;

/** Kind of a backup. */
export type BackupKind = (typeof backupKinds)[number];

/** Name of a backup. */
const backupName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/);
/** Others may write at a destination, and messages quote what is there: a line break could forge a hint. */
const plain = z.string().regex(/^[^\p{Cc}\u2028\u2029]*$/u);
/** Text for a person, on one line. */
const sentence = z.string().overwrite((text) => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' '));
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const sequence = z.number().int().min(0);

/** The messages of the log in a backup. */
export const logRange = z.strictObject({
  /** First message; 1 in a full backup. */
  from: sequence,
  /** Last message; `from - 1`: none. */
  to: sequence,
  /** The newest commit at `to`: its sequence and the SHA-256 of its message. Null: the log has no commit. */
  head: z.strictObject({ sequence, hash: plain.max(100) }).nullable(),
});

/** The messages of the log in a backup. */
export type LogRange = z.infer<typeof logRange>;

/** A file in an archive. */
export const partSchema = z.strictObject({
  /** Relative path with `/`, e.g. `log/000000001-000001000.jsonl`. Unique in the archive. */
  path: plain.min(1).max(512),
  /** Size in bytes. */
  bytes: z.number().int().min(0),
  sha256,
});

/** A file in an archive. */
export type Part = z.infer<typeof partSchema>;

/** The environment that a backup is of. */
export const backupEnvironment = z.strictObject({
  /** Name of the environment, e.g. `main`. */
  name: plain.max(63),
  /** Letters and digits in the names of its objects in shared systems. */
  id: plain.max(63),
  logId: plain.min(1).max(100),
});

/** What is said of a backup, both in its manifest and in its record at the destination. */
const common = {
  name: backupName,
  kind: z.enum(backupKinds),
  /** ISO 8601 UTC with milliseconds. */
  createdAt: plain.max(40),
  environment: backupEnvironment,
  /** Version of Hecate that wrote it. */
  hecate: plain.max(100),
  /** Null in a backup of components. */
  range: logRange.nullable(),
  /** The backup whose range ends where this one begins; null: it needs none. */
  parent: z.strictObject({ name: backupName, to: sequence }).nullable(),
  /** Components of a backup of components; else `all`. */
  components: z.union([z.literal('all'), z.array(plain.max(63)).max(50)]),
};

/** `manifest.json`, the last file of an archive. Its list has every other file. */
export const backupManifest = z.strictObject({
  format: z.literal('hecate-backup'),
  version: z.number().int().min(1),
  ...common,
  /** Sentences for a person: what is in it, and what is not. */
  contains: z.array(sentence.max(1_000)).max(100),
  omits: z.array(sentence.max(1_000)).max(100),
  parts: z.array(partSchema).max(1_000_000),
});

/** `manifest.json` of an archive. */
export type BackupManifest = z.infer<typeof backupManifest>;

/**
 * A record beside a backup at its destination, `NAME.json`: what `list backups` shows without opening the backup. It names no
 * host and no secret. Everything in it is checked against the manifest when the backup is opened.
 */
export const backupRecord = z.strictObject({
  format: z.literal('hecate-backup-record'),
  version: z.number().int().min(1),
  ...common,
  /** Name of the file beside the record: `NAME.tar.gz.age`, or `NAME.tar.gz` without encryption. */
  file: plain.max(250),
  /** Size in bytes and hash of the file as it is stored. */
  bytes: z.number().int().min(0),
  sha256,
  /** Public keys (`age1…`) for which it is encrypted; empty: it is not. */
  recipients: z.array(plain.max(4_000)).max(100),
});

/** A record beside a backup at its destination. */
export type BackupRecord = z.infer<typeof backupRecord>;

/** Result of a restore drill, `NAME.proof.json` beside the backup. */
export const backupProof = z.strictObject({
  format: z.literal('hecate-backup-proof'),
  version: z.number().int().min(1),
  name: backupName,
  /** Hash of the file that was restored. */
  sha256,
  at: plain.max(40),
  passed: z.boolean(),
  /** Number of hosts whose answers were compared, and of those that differed. */
  hosts: z.number().int().min(0),
  differed: z.number().int().min(0),
  /** Duration of the restore in milliseconds, until the throwaway Caddy served. */
  durationMs: z.number().min(0),
  /** One sentence; null: it passed. */
  problem: sentence.max(2_000).nullable(),
});

/** Result of a restore drill. */
export type BackupProof = z.infer<typeof backupProof>;

/** `latest` at a destination: the newest backup of the whole log. */
export const latestBackup = z.strictObject({
  format: z.literal('hecate-backup-latest'),
  version: z.number().int().min(1),
  name: backupName,
  sha256,
});

/** `latest` at a destination. */
export type LatestBackup = z.infer<typeof latestBackup>;

/** `hecate-destination.json` at a destination: the only log whose backups it takes. */
export const destinationOwner = z.strictObject({
  format: z.literal('hecate-backup-destination'),
  version: z.number().int().min(1),
  logId: plain.max(100),
  environment: plain.max(63),
});

/** The only log whose backups a destination takes. */
export type DestinationOwner = z.infer<typeof destinationOwner>;
