// Destinations of backups: one catalogue over objects in a folder or in an S3 bucket. Imports domain, ports and files/.
import type { Readable } from 'node:stream';

/** An object at a destination. */
export interface StoredObject {
  /** Name without the folder or prefix. */
  readonly name: string;
  readonly bytes: number;
}

/** Options of sending a file. */
export interface SendOptions {
  readonly bytes: number;
  readonly lockUntil: Date | null;
  /** Gets the number of bytes that are at the destination, those of an earlier attempt included. */
  readonly onBytes: (sent: number) => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * Named objects at one place: a folder or a prefix of a bucket. Knows nothing of backups. Throws `Failure` as `BackupStore`
 * does.
 */
export interface Objects {
  /** The place for messages, without credentials. */
  readonly place: string;
  /** Returns true when the place does not exist, and {@link prepare} would make it. */
  isAbsent(): Promise<boolean>;
  /** Makes the place where that is possible, else requires that it is there. Idempotent. */
  prepare(): Promise<void>;
  /** Returns all objects in no order. Folders, links and devices are not objects. */
  list(): Promise<readonly StoredObject[]>;
  /** Returns an object's content; null: it is not there. Throws `invalid` when it has more than `largest` bytes. */
  read(name: string, largest: number): Promise<Buffer | null>;
  /** Returns an object's content as a stream. Throws `missing`. */
  stream(name: string): Promise<Readable>;
  /** Creates or replaces an object as a whole: a reader sees the old or the new content. */
  write(name: string, content: Buffer, lockUntil: Date | null): Promise<void>;
  /** Creates an object, or leaves the one that is there. Some servers replace it all the same, so read it afterwards. */
  create(name: string, content: Buffer): Promise<void>;
  /** Sends a file as an object. Goes on where an earlier call with the same content ended. */
  send(name: string, file: string, options: SendOptions): Promise<void>;
  /** Removes an object. Idempotent. */
  remove(name: string): Promise<void>;
  /** Requires that objects can be locked. Throws `invalid`. */
  requireLocks(): Promise<void>;
  /** Returns the time until which an object cannot be removed; null: it can. */
  lockedUntil(name: string): Promise<Date | null>;
  /** Removes what interrupted writes of these objects left, when it is older than a time. */
  removeUnfinished(isOurs: (name: string) => boolean, before: Date): Promise<void>;
}
