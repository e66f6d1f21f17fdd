import { shownNats } from '../../adapters/log/nats/nats-servers.js';
import { createLogReader } from '../../adapters/log/log-reader.js';
import { lostIfMissing, refuseOtherLog } from '../../adapters/log/log-continuity.js';
import type { LogReader } from '../../ports/event-log.js';
import { cliNats, type Connections } from '../../stack/connections.js';
import { homeLayout } from '../../stack/home-layout.js';
import { connectionsHere } from './connections-here.js';
import { environmentHere } from './environment.js';

/** Connects to the log of this home or environment for as long as `use` takes. Throws `lost` for that of another home. */
export async function withLog<T>(use: (log: LogReader) => Promise<T>): Promise<T> {
  const connections = connectionsHere();
  const log = await createLogReader(cliNats(connections));
  try {
    await environmentHere(connections);
    return await use(ofThisHome(log, connections));
  } catch (error) {
    throw lostIfMissing(error, homeLayout(connections.home));
  } finally {
    await log.close();
  }
}

/** Refuses a log that is not this home's with each view, which commands take first. Throws `lost`. */
function ofThisHome(log: LogReader, { home, nats }: Connections): LogReader {
  return {
    ...log,
    async view() {
      const view = await log.view();
      refuseOtherLog(view.logId, homeLayout(home), `nats at ${shownNats(nats.url)}`);
      return view;
    },
  };
}
