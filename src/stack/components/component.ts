import type { ComponentName } from '../home-layout.js';

/** Program, arguments and environment of a server. */
export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  /** Added to a minimal environment, or with `isHecate` to one with Hecate's settings. */
  readonly env?: Readonly<Record<string, string>>;
  readonly isHecate?: boolean;
}

/** A server of the stack, as the supervisor runs it. */
export interface Component {
  readonly name: ComponentName;
  readonly version: string | null;
  /** Writes the server's files before each start. Keeps existing keys and data; replaces damaged ones where it can. */
  prepare(): Promise<void>;
  readonly launch: Launch;
  /**
   * Resolves when the process with this pid does its work. A rejection says in its message what it does not do. Takes at most
   * a few seconds, and may take longer for a server that hangs.
   */
  check(pid: number): Promise<void>;
  /** Sets up a server that answers. Called after each start; idempotent. */
  initialise?(): Promise<void>;
  /** Mends own files of a running server that are missing or damaged; null: there are none. */
  mend?(): Mended | null;
}

/** A damaged file of a running server. */
export interface Mended {
  /** What is wrong, and what was done about it. */
  readonly problem: string;
  /** `restart`: the next start of the server replaces the file. `none`: only a person can. */
  readonly remedy: 'done' | 'restart' | 'none';
}

/** A failed check of a server that gets more time than others before it is killed, since a kill would cost more. */
export class PatientError extends Error {
  override readonly name = 'PatientError';

  constructor(
    message: string,
    /** Time (ms) from the last successful check to the kill. */
    readonly patienceMs: number,
  ) {
    super(message);
  }
}
