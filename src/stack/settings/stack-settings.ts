import type { Connections } from '../connections.js';
import { isObject, readJson } from '../../adapters/files/private-files.js';
import type { ComponentName, HomeLayout } from '../home-layout.js';
import type { PackageVersion } from './package-root.js';
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
  /** Paths of the bundles of the worker and the supervisor. */
  readonly workerFile: string;
  readonly supervisorFile: string;
  /** The version of Hecate that these bundles are. */
  readonly runs: PackageVersion;
  /** The `HECATE_` variables with which the stack was started, for a supervisor that another process starts again. */
  readonly env: Readonly<Record<string, string>>;
}

/** Reads the settings of a home; null when they are missing, damaged or of a version that lacks a part. */
export function readSettings(layout: HomeLayout): StackSettings | null {
  const { value } = readJson<StackSettings>(layout.settings, isSettings);
  return value?.supervisorFile === undefined || value.runs === undefined ? null : value;
}

/** Returns true for the content of a file of settings, also of an older version. */
export function isSettings(value: unknown): boolean {
  const { ports, connections, components } = (value ?? {}) as Partial<StackSettings>;
  return isObject(ports) && isObject(connections) && Array.isArray(components);
}
