import type { ComponentName } from '../home-layout.js';

/** Program, arguments and environment of a server. */
export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  /** Added to a minimal environment, or with `inheritEnv` to the supervisor's. */
  readonly env?: Readonly<Record<string, string>>;
  readonly inheritEnv?: boolean;
}

/** A server of the stack, as the supervisor runs it. */
export interface Component {
  readonly name: ComponentName;
  readonly version: string | null;
  /** Writes the server's files before each start. Keeps existing keys and data. */
  prepare(): Promise<void>;
  readonly launch: Launch;
  /** Resolves to true when the server works. False or a rejection means not yet. Takes at most a few seconds. */
  answers(): Promise<boolean>;
  /** Sets up a server that answers. Called after each start; idempotent. */
  initialise?(): Promise<void>;
}
