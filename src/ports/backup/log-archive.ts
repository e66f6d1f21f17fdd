/** A message of the log as NATS has it. */
export interface LogMessage {
  /** Sequence in the log's stream. */
  readonly sequence: number;
  readonly subject: string;
  /** Time when NATS took it, ISO 8601 UTC. */
  readonly time: string;
  /** The exact bytes as UTF-8 text: the log's chain of hashes rests on them. */
  readonly data: string;
}

/** The log as a backup copies it. Writes nothing. Throws `Failure('unavailable')` when NATS does not answer. */
export interface LogArchive {
  /** Returns the sequence of the newest message (0: there is none), and the size of the whole log in bytes. */
  end(): Promise<{ readonly last: number; readonly bytes: number }>;
  /**
   * Yields the messages from one sequence to another, both included, oldest first. Holds one batch of them in memory. Throws
   * `lost` when one is missing.
   */
  messages(from: number, to: number): AsyncIterable<LogMessage>;
  /** Returns the text of a blob that a large commit names; null: it is missing or damaged. */
  blob(hash: string): Promise<string | null>;
}
