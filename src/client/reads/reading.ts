import { createLogReader } from '../../adapters/log/log-reader.js';
import { lostIfMissing } from '../../adapters/log/log-continuity.js';
import type { LogReader } from '../../ports/event-log.js';
import { homeLayout } from '../../stack/home-layout.js';
import { connectionsHere } from '../connect/connections-here.js';
import { momentOf } from '../input/moment.js';
import { toStderr } from '../print/visible.js';
import { pastState } from './past-state.js';
import type { Look } from './read.js';

/** Connects to the log of this home or environment for as long as `use` takes. */
export async function withLog<T>(use: (log: LogReader) => Promise<T>): Promise<T> {
  const connections = connectionsHere();
  const log = await createLogReader({ url: connections.nats.url, seedFile: connections.nats.cliSeedFile });
  try {
    return await use(log);
  } catch (error) {
    throw lostIfMissing(error, homeLayout(connections.home));
  } finally {
    await log.close();
  }
}

/**
 * Returns the state at the log's end, or as it was `at` a time or a sequence; a past one is announced on stderr. Throws
 * `invalid` for a text that is neither, `missing` outside of the log's time.
 */
export function look(at: string | undefined): Promise<Look> {
  return withLog(async (log) => {
    if (at === undefined) return { state: (await log.view()).state, asOf: null };
    const { state, ...asOf } = await pastState(log, momentOf('at', at, new Date()));
    toStderr(`as of commit ${asOf.sequence}, ${asOf.at}`);
    return { state, asOf };
  });
}
