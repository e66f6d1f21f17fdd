import { environmentPrefix, withPrefix } from '../domain/values/environment-name.js';
import type { Connections } from './connections.js';
import { homeLayout } from './home-layout.js';
import { OLD_TASK_QUEUE } from './task-queue.js';
import { readSettings } from './settings/stack-settings.js';

/** Names of an environment in Temporal. */
export interface TemporalNames {
  /** Start of every name, such as `hecate-1a2b3c4d`. */
  readonly prefix: string;
  /** The prefix, with `HECATE_TASK_QUEUE` behind it where that is set. */
  readonly taskQueue: string;
}

/** Returns true for the Temporal of this home's stack. Another one may serve other environments too. */
export function isOwnTemporal({ home, temporal }: Connections): boolean {
  const settings = readSettings(homeLayout(home));
  if (settings === null || settings.external.includes('temporal')) return false;
  return settings.connections.temporal.address === temporal.address;
}

/** Returns the names of the environment with this log in Temporal. */
export function temporalNames({ worker }: Pick<Connections, 'worker'>, logId: string): TemporalNames {
  const prefix = environmentPrefix(logId);
  const { taskQueue } = worker;
  return { prefix, taskQueue: taskQueue === OLD_TASK_QUEUE ? prefix : withPrefix(prefix, taskQueue) };
}
