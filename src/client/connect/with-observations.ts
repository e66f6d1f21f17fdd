import { connectNats } from '../../adapters/log/nats/connect-nats.js';
import { observationReaderOn } from '../../adapters/log/stores/observations.js';
import type { ObservationReader } from '../../ports/observations.js';
import { cliNats } from '../../stack/connections.js';
import { connectionsHere } from './connections-here.js';

/** Connects to the observations of this home or environment for as long as `use` takes. */
export async function withObservations<T>(use: (observations: ObservationReader) => Promise<T>): Promise<T> {
  const nc = await connectNats(cliNats(connectionsHere()), { reconnect: false });
  try {
    return await use(observationReaderOn(nc));
  } finally {
    await nc.close();
  }
}
