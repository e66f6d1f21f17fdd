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
    const connecting = connect({
      servers: location.url,
      timeout: TIMEOUT_MS,
      reconnect,
      maxReconnectAttempts: reconnect ? -1 : 0,
      reconnectTimeWait: 500,
      ...(location.seedFile === null ? {} : { authenticator: nkeyAuthenticator(readFileSync(location.seedFile)) }),
    });
    // The client's own limit does not cover a server that accepts and then says nothing.
    const { promise, cancel } = afterwards(TIMEOUT_MS + 200);
    return await Promise.race([connecting, promise]).finally(cancel);
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

function afterwards(ms: number): { promise: Promise<never>; cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${ms} ms`)), ms);
  });
  return { promise, cancel: () => clearTimeout(timer) };
}
