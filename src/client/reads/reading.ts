import { momentOf } from '../input/moment.js';
import { toStderr } from '../print/visible.js';
import { pastState } from './history/past-state.js';
import type { Look } from './read.js';
import { withLog } from '../connect/with-log.js';

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
