import type { NatsConnection } from 'nats';
import { CHANGE_VERSION, type Position } from '../../domain/log/commit.js';
import { Failure } from '../../ports/failure.js';
import { FOLD_VERSION, type State } from '../../domain/log/state.js';
import { readObject } from './nats/object-store.js';
import { readStream } from './nats/read-stream.js';
import { namesOn } from './log-names.js';

/** A saved fold, so that readers need only the messages after it. It is a cache and always checked against the log. */
export interface Snapshot {
  /** Position of the last folded message, a commit or an outcome. */
  readonly position: Position;
  readonly state: State;
}

interface Stored {
  readonly logId: string;
  readonly foldVersion: number;
  /** Schema version of the resources. */
  readonly changeVersion: number;
  readonly position: Position;
  readonly head: State['head'];
  readonly at: string | null;
  readonly resources: [string, unknown][];
  readonly open: [string, unknown][];
}

/** Loads the snapshot; null unless it has this log's id, this fold and schema version, and the log still has its last message. */
export async function loadSnapshot(nc: NatsConnection, logId: string): Promise<Snapshot | null> {
  const stored = await readObject(nc, namesOn(nc).snapshots, nameOf(logId))
    .then((bytes) => bytes && (JSON.parse(bytes.toString()) as Stored))
    .catch((error: unknown) => {
      // A server that does not answer will not answer the next read either. Any other error only means no cache.
      if (error instanceof Failure && error.kind === 'unavailable') throw error;
      return null;
    });
  if (stored === null || stored.logId !== logId) return null;
  if (stored.foldVersion !== FOLD_VERSION || stored.changeVersion !== CHANGE_VERSION) return null;
  for await (const { position } of readStream(nc, stored.position.sequence)) {
    if (position.sequence !== stored.position.sequence || position.hash !== stored.position.hash) return null;
    break;
  }
  const { head, at } = stored;
  const state = { head, at, resources: new Map(stored.resources), open: new Map(stored.open) } as unknown as State;
  return { position: stored.position, state };
}

/** Saves the snapshot of this log, and replaces the one before. */
export async function saveSnapshot(nc: NatsConnection, logId: string, { position, state }: Snapshot): Promise<void> {
  const stored: Stored = {
    logId,
    foldVersion: FOLD_VERSION,
    changeVersion: CHANGE_VERSION,
    position,
    head: state.head,
    at: state.at,
    resources: [...state.resources],
    open: [...state.open],
  };
  const bucket = await nc.jetstream().views.os(namesOn(nc).snapshots);
  await bucket.putBlob({ name: nameOf(logId) }, Buffer.from(JSON.stringify(stored)));
}

function nameOf(logId: string): string {
  return `${logId}.${FOLD_VERSION}.${CHANGE_VERSION}`;
}
