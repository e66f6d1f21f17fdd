import { createLogReader } from '../../adapters/log/log-reader.js';
import { lostIfMissing } from '../../adapters/log/log-continuity.js';
import type { LogReader } from '../../ports/event-log.js';
import { cliNats } from '../../stack/connections.js';
import { homeLayout } from '../../stack/home-layout.js';
import { connectionsHere } from './connections-here.js';

/** Connects to the log of this home or environment for as long as `use` takes. */
export async function withLog<T>(use: (log: LogReader) => Promise<T>): Promise<T> {
  const connections = connectionsHere();
  const log = await createLogReader(cliNats(connections));
  try {
    return await use(log);
  } catch (error) {
    throw lostIfMissing(error, homeLayout(connections.home));
  } finally {
    await log.close();
  }
}
