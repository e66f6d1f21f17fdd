import type { Connections } from '../connections.js';
import type { ComponentName } from '../home-layout.js';
import type { StackPorts } from './ports.js';

/** A server's program that `up` found. */
export interface Program {
  readonly path: string;
  /** Version that the program prints, for example `2.11.7`. */
  readonly version: string;
}

/** Settings of the supervisor, written by `up`. They contain no secret. */
export interface StackSettings {
  readonly home: string;
  readonly components: readonly ComponentName[];
  /** Components with an external server, which are reported but never started. */
  readonly external: readonly ComponentName[];
  readonly ports: StackPorts;
  readonly programs: Readonly<Partial<Record<ComponentName, Program>>>;
  readonly connections: Connections;
  /** Path of the worker's bundle. */
  readonly workerFile: string;
}
