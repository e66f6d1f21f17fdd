import { Failure } from '../../ports/failure.js';
import { connectNats, type NatsLocation } from './connect-nats.js';
import { logIdOf } from './log-view.js';

/** Asks NATS for the id of the log there. Throws `unavailable`, `denied`, or `missing` where there is no log. */
export async function logIdAt(location: NatsLocation): Promise<string> {
  const nc = await connectNats(location, { reconnect: false });
  try {
    return await logIdOf(nc);
  } finally {
    await nc.close();
  }
}

/** Returns the error about a log that is not the one that a home or a setting names. */
export function otherLog({
  named,
  found,
  where,
}: {
  readonly named: string;
  readonly found: string;
  readonly where: string;
}): Failure {
  return new Failure('lost', `${where} has log ${found}, but this home belongs to log ${named}`, {
    system: 'nats',
    hint: 'Name the NATS of this home, or another home: HECATE_NATS_URL, HECATE_HOME. Several environments on one NATS need names of their own: HECATE_ENVIRONMENT',
  });
}
