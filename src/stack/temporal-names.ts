import { environmentPrefix, withPrefix } from '../domain/values/environment-name.js';
import type { Connections } from './connections.js';

/** Task queue of versions before 0.6, which all environments shared; as a setting it adds nothing to the prefix. */
export const OLD_TASK_QUEUE = 'hecate';

/** Names of an environment in Temporal. */
export interface TemporalNames {
  /** Start of every name, such as `hecate-1a2b3c4d`. */
  readonly prefix: string;
  /** The prefix, with `HECATE_TASK_QUEUE` behind it where that is set. */
  readonly taskQueue: string;
}

/** Returns the names of the environment with this log in Temporal. */
export function temporalNames({ worker }: Pick<Connections, 'worker'>, logId: string): TemporalNames {
  const prefix = environmentPrefix(logId);
  const { taskQueue } = worker;
  return { prefix, taskQueue: taskQueue === OLD_TASK_QUEUE ? prefix : withPrefix(prefix, taskQueue) };
}
