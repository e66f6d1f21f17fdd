import type { NatsConnection } from 'nats';
import type { LogReader } from '../../ports/event-log.js';
import { connectNats, type NatsLocation } from './nats/connect-nats.js';
import { createFollower, type Follower } from './log-view.js';
import { lastOf, readStream, readStreamBackwards } from './nats/read-stream.js';
import { namesOn } from './log-names.js';

/** Opens the log for reading, as commands do: one connection, which does not reconnect and writes nothing. */
export async function createLogReader(location: NatsLocation): Promise<LogReader> {
  const nc = await connectNats(location, { reconnect: false });
  return readerOn(nc, createFollower(nc));
}

/** Creates a reader over an open connection. */
export function readerOn(nc: NatsConnection, follower: Follower): LogReader {
  return {
    view: () => follower.view(),
    entries: (from = 1) => readStream(nc, from),
    entriesBackwards: () => readStreamBackwards(nc),
    async find(id) {
      const entry = await lastOf(nc, namesOn(nc).commitSubject(id));
      return entry && entry.message.type !== 'ended' ? { position: entry.position, message: entry.message } : null;
    },
    async outcome(id) {
      const entry = await lastOf(nc, namesOn(nc).outcomeSubject(id));
      return entry?.message.type === 'ended' ? entry.message : null;
    },
    close: () => nc.close(),
  };
}
