import type { ComponentName } from '../home-layout.js';

/** How to start one server. */
export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  /** Added to a minimal environment, or to the whole of ours with `inheritEnv`. */
  readonly env?: Readonly<Record<string, string>>;
  readonly inheritEnv?: boolean;
}

/** One server of the stack, as the supervisor sees it. */
export interface Component {
  readonly name: ComponentName;
  readonly version: string | null;
  /** Writes what the server needs to start. Called before every start; keeps what is there. */
  prepare(): Promise<void>;
  readonly launch: Launch;
  /** Whether the server answers; false or a rejection: not yet. Bounded by a few seconds. */
  answers(): Promise<boolean>;
  /** Sets up a server that answers, once; idempotent, and called after every start. */
  initialise?(): Promise<void>;
}
