import type { Readable } from 'node:stream';
import type {
  BackupManifest,
  BackupProof,
  BackupRecord,
  DestinationOwner,
  LatestBackup,
  Part,
} from '../../domain/backup/manifest.js';

/** A file for an archive. Its content is in memory, so large things are split: at most 8 MiB each. */
export interface NewPart {
  readonly path: string;
  readonly content: Uint8Array;
}

/** A file of an opened archive, as far as it was checked: its bytes fit the manifest when the iteration ended without an error. */
export interface OpenedPart {
  readonly path: string;
  readonly content: Buffer;
}

/** An archive that was written. */
export interface WrittenArchive {
  readonly bytes: number;
  readonly sha256: string;
  readonly manifest: BackupManifest;
}

/**
 * Writer and reader of archives: gzipped tar, encrypted with age. Memory stays flat. Throws `Failure`: `invalid` for a damaged,
 * truncated or hostile archive, or a newer format; `denied` for a wrong identity; `unavailable` for a full disk.
 */
export interface Archives {
  /**
   * Writes an archive into a file (mode 0600): `README.txt`, the parts in their order, then `manifest.json` with the hash of each
   * (also of `README.txt`). Recipients empty: it is not encrypted. `onBytes` gets the number of bytes written so far. The file
   * appears when it is whole and on the disk; until then it is `FILE.partial`, which is removed when the call fails.
   */
  write(
    file: string,
    content: {
      readonly parts: AsyncIterable<NewPart>;
      /** Completes the manifest; called after the last part. */
      readonly manifest: (parts: readonly Part[]) => BackupManifest;
    },
    options: {
      readonly recipients: readonly string[];
      readonly onBytes?: (bytes: number) => void;
      readonly signal?: AbortSignal;
    },
  ): Promise<WrittenArchive>;
  /**
   * Reads an archive to its end and hands each part to `onPart`, in order. The content is proven only when it returns: the hash
   * of the whole file, of each part, and that nothing is missing. Bounds sizes and counts; refuses links, devices, `..`,
   * absolute paths and duplicate names. `README.txt` and `manifest.json` are not handed on.
   */
  read(
    archive: Readable,
    options: {
      readonly identities: readonly string[];
      /** Name of the file in messages; absent: the path of a stream that reads a file. */
      readonly name?: string;
      /** Hash of the whole file, where it is known. */
      readonly sha256?: string;
      readonly onPart: (part: OpenedPart) => void | Promise<void>;
      readonly signal?: AbortSignal;
    },
  ): Promise<BackupManifest>;
}

/**
 * The backups at one destination: a folder, or a prefix of an S3 bucket. Throws `Failure`: `missing` for a bucket or backup that
 * is not there, `denied` with what the server said, `unavailable` when it does not answer or a disk is full, `conflict` for a
 * destination of another log.
 */
export interface BackupStore {
  /** The destination for messages, without credentials: `s3://bucket/prefix/` or a path. */
  readonly place: string;
  /** Returns all records, oldest first. Records that cannot be read are named in `problems`. */
  list(): Promise<{ readonly records: readonly BackupRecord[]; readonly problems: readonly string[] }>;
  /** Returns all proofs of restore drills. */
  proofs(): Promise<readonly BackupProof[]>;
  /** Returns the newest whole backup; null: there is none. */
  latest(): Promise<LatestBackup | null>;
  /** Returns the log whose backups it takes; null: no backup was written yet. */
  owner(): Promise<DestinationOwner | null>;
  /** Takes the destination for a log. Idempotent. Throws `conflict` where it is another log's. */
  claim(owner: DestinationOwner): Promise<void>;
  /** Returns the bytes of a backup's file as a stream. */
  open(record: Pick<BackupRecord, 'file'>): Promise<Readable>;
  /**
   * Sends a file, and then its record. Goes on where an earlier call for the same file ended, and sends nothing again that is
   * there. Reads the file back and compares its hash before it writes the record. Idempotent. Claims the destination.
   */
  put(
    file: string,
    record: BackupRecord,
    options: {
      /** Days for which nobody can delete or replace it (S3 Object Lock); absent: no lock. */
      readonly lockDays?: number;
      /** Also called while the file is read back, with its whole size. */
      readonly onBytes?: (sent: number) => void;
      readonly signal?: AbortSignal;
    },
  ): Promise<void>;
  /** Makes a backup the latest one, after its record was read back. Leaves a latest one that is newer. Idempotent. */
  setLatest(latest: LatestBackup): Promise<void>;
  putProof(proof: BackupProof): Promise<void>;
  /**
   * Removes a record, then its file and its proof. Idempotent. Throws `denied` where it is locked, and `conflict` for the
   * latest backup.
   */
  remove(record: BackupRecord): Promise<void>;
  /** Finishes removals that were interrupted, and removes parts of files that were sent before yesterday. Idempotent. */
  tidy(options: { readonly now: string }): Promise<void>;
}

/** S3 server and credentials of a destination. */
export interface S3Access {
  /** Base URL; null: AWS. */
  readonly endpoint: string | null;
  readonly region: string;
  /** The bucket is in the path, not in the host name. */
  readonly pathStyle: boolean;
  /** Null: the usual sources of the AWS SDK, such as an instance role or a profile. */
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  } | null;
}

/** Opens destinations: `s3://bucket/prefix` or an absolute path. Loads the S3 client only for the former. */
export type OpenStore = (destination: string, access: S3Access | null) => Promise<BackupStore>;

/** The age identity of an environment, with which its backups can be opened. */
export interface BackupIdentity {
  /** Returns the public keys to encrypt for. Creates the identity of the home at the first call when none is configured. */
  recipients(): Promise<readonly string[]>;
  /** Returns the identities that this process can read; empty: none. */
  identities(): Promise<readonly string[]>;
  /** Returns a warning when a loss of this machine would take the only identity along; null: it was exported, or is elsewhere. */
  warning(): Promise<string | null>;
}
