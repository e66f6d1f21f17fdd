import { usualTiming, type Timing } from '../domain/alerts/engine.js';
import { durationMs } from '../domain/values/duration.js';
import { Failure } from '../ports/failure.js';

/** Returns the waits of notifications as the environment sets them. Throws `invalid`. */
export function alertTiming(env: NodeJS.ProcessEnv): Timing {
  return {
    groupWaitMs: msIn(env, 'HECATE_ALERT_GROUP_WAIT', usualTiming.groupWaitMs),
    groupIntervalMs: msIn(env, 'HECATE_ALERT_GROUP_INTERVAL', usualTiming.groupIntervalMs),
  };
}

function msIn(env: NodeJS.ProcessEnv, name: string, usual: number): number {
  const text = env[name];
  if (text === undefined || text === '') return usual;
  const ms = durationMs(text);
  if (ms > 0) return ms;
  throw new Failure('invalid', `${name} ${JSON.stringify(text)} is not a duration such as 30s`, {
    hint: 'Set it to a duration such as 30s or 5m.',
  });
}
