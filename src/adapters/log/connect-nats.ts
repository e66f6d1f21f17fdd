import { readFileSync } from 'node:fs';
import { connect, nkeyAuthenticator, type NatsConnection } from 'nats';
import { Failure } from '../../ports/failure.js';

/** Where the log is and with which seed (nkey) to enter; null: no authentication. */
export interface NatsLocation {
  readonly url: string;
  readonly seedFile: string | null;
}

const TIMEOUT_MS = 4_000;

/** Connects within 4 s. `reconnect`: for ever (a worker) or never (a command). Throws `unavailable` or `denied`, naming the address. */
export async function connectNats(
  location: NatsLocation,
  { reconnect }: { reconnect: boolean },
): Promise<NatsConnection> {
  try {
    return await connect({
      servers: location.url,
      timeout: TIMEOUT_MS,
      reconnect,
      maxReconnectAttempts: reconnect ? -1 : 0,
      reconnectTimeWait: 500,
      ...(location.seedFile === null ? {} : { authenticator: nkeyAuthenticator(readFileSync(location.seedFile)) }),
    });
  } catch (cause) {
    const denied = /authorization/i.test(String(cause));
    throw new Failure(
      denied ? 'denied' : 'unavailable',
      `nats at ${location.url} ${denied ? 'refused our credentials' : 'does not answer'}`,
      {
        system: 'nats',
        hint: denied ? 'Look at the seed file.' : 'Look at: hecate status. Start it with: hecate up',
        cause,
      },
    );
  }
}
