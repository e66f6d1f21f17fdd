import type { Connections } from './connections.js';
import type { ComponentName } from './home-layout.js';
import type { StackPorts } from './ports.js';

/** A server's program as `up` found it. */
export interface Program {
  readonly path: string;
  /** As the program itself says, e.g. `2.11.7`. */
  readonly version: string;
}

/** Everything the supervisor needs to know; written by `up`, without a secret in it. */
export interface StackSettings {
  readonly home: string;
  readonly components: readonly ComponentName[];
  /** Components that run elsewhere: reported, never started. */
  readonly external: readonly ComponentName[];
  readonly ports: StackPorts;
  readonly programs: Readonly<Partial<Record<ComponentName, Program>>>;
  readonly connections: Connections;
  /** The worker's bundle. */
  readonly workerFile: string;
}
