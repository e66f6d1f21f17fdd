import { stateAt } from '../../../activities/history/state-at.js';
import type { State } from '../../../domain/log/state.js';
import type { Moment } from '../../../domain/values/moment.js';
import { outsideLog } from '../../../operations/history/past-refusals.js';
import type { LogReader } from '../../../ports/event-log.js';
import { absent, type AsOf } from '../read.js';

/** Returns the state at a moment. Throws `missing` when the log begins later or ends earlier. */
export async function pastState(log: LogReader, moment: Moment): Promise<AsOf & { readonly state: State }> {
  const past = await stateAt(log, moment);
  switch (past.kind) {
    case 'known':
      return { state: past.state, sequence: past.sequence, at: past.at };
    case 'before-first':
    case 'after-last':
      throw absent(outsideLog(past));
  }
}
