import { connectNats, type NatsLocation } from './nats/connect-nats.js';
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
