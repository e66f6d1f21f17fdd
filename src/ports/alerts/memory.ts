import type { AlertMemory } from '../../domain/alerts/engine.js';

/** The memory of alerts as it is stored. */
export interface StoredAlerts {
  /** Sequence of the message, which guards the next write. */
  readonly sequence: number;
  /** When it was written, ISO 8601 UTC. */
  readonly at: string;
  /** The worker that advances it, until a time (ISO 8601 UTC): others only look, so that one view of the world counts. */
  readonly keeper: { readonly worker: string; readonly until: string };
  readonly memory: AlertMemory;
}

/** Read side of the memory of alerts. Throws `Failure('unavailable')` when its server does not answer. */
export interface AlertReader {
  /** Returns what is stored; null: nothing is yet. */
  read(): Promise<StoredAlerts | null>;
}

/** Write side; only the worker has it. */
export interface StoredAlertMemory extends AlertReader {
  /**
   * Replaces what is stored when `after` is still its sequence (0: nothing is stored). Returns the new sequence; `moved`:
   * another worker wrote, or it is not known whether it was written: read again.
   */
  write(stored: Omit<StoredAlerts, 'sequence'>, after: number): Promise<number | 'moved'>;
}
