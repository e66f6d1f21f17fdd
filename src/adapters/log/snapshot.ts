import type { NatsConnection } from 'nats';
import type { Position } from '../../domain/commit.js';
import { Failure } from '../../ports/failure.js';
import { FOLD_VERSION, type State } from '../../domain/state.js';
import { directGet, lastMessage, readStream } from './read-stream.js';
import { SNAPSHOTS } from './subjects.js';

/** A fold kept so that readers need only the tail after it. A cache: never trusted against the log. */
export interface Snapshot {
  /** The last message that was folded, an outcome or a commit. */
  readonly position: Position;
  readonly state: State;
}

interface Stored {
  readonly logId: string;
  readonly foldVersion: number;
  readonly position: Position;
  readonly head: State['head'];
  readonly at: string | null;
  readonly resources: [string, unknown][];
  readonly open: [string, unknown][];
}

/** The newest usable snapshot: of this log, this fold version, and with a last message that the log still has. */
export async function loadSnapshot(nc: NatsConnection, logId: string): Promise<Snapshot | null> {
  const stored = await readObject(nc, nameOf(logId))
    .then((bytes) => bytes && (JSON.parse(bytes.toString()) as Stored))
    .catch((error: unknown) => {
      // A silent server will not answer the next question either; anything else is only a missing cache.
      if (error instanceof Failure && error.kind === 'unavailable') throw error;
      return null;
    });
  if (stored === null || stored.logId !== logId || stored.foldVersion !== FOLD_VERSION) return null;
  for await (const { position } of readStream(nc, stored.position.sequence)) {
    if (position.sequence !== stored.position.sequence || position.hash !== stored.position.hash) return null;
    break;
  }
  const { head, at } = stored;
  const state = { head, at, resources: new Map(stored.resources), open: new Map(stored.open) } as unknown as State;
  return { position: stored.position, state };
}

/** Replaces the snapshot of this log. */
export async function saveSnapshot(nc: NatsConnection, logId: string, { position, state }: Snapshot): Promise<void> {
  const stored: Stored = {
    logId,
    foldVersion: FOLD_VERSION,
    position,
    head: state.head,
    at: state.at,
    resources: [...state.resources],
    open: [...state.open],
  };
  const bucket = await nc.jetstream().views.os(SNAPSHOTS);
  await bucket.putBlob({ name: nameOf(logId) }, Buffer.from(JSON.stringify(stored)));
}

/**
 * An object of the bucket by direct gets. The client's own `get` makes a consumer, which a command's credential may not:
 * a consumer's deliver subject would be a way to write.
 */
async function readObject(nc: NatsConnection, name: string): Promise<Buffer | null> {
  const stream = `OBJ_${SNAPSHOTS}`;
  const encoded = Buffer.from(name).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
  const meta = await lastMessage(nc, stream, `$O.${SNAPSHOTS}.M.${encoded}`);
  if (meta === null) return null;
  const { nuid, size } = meta.json<{ nuid: string; size: number }>();
  const chunks: Uint8Array[] = [];
  for (let seq = 1; ;) {
    const found = await directGet(nc, stream, { seq, batch: 64, next_by_subj: `$O.${SNAPSHOTS}.C.${nuid}` });
    chunks.push(...found.map((message) => message.data));
    const last = found.at(-1);
    if (!last || found.length < 64) break;
    seq = Number(last.headers?.get('Nats-Sequence')) + 1;
  }
  const bytes = Buffer.concat(chunks);
  // A newer snapshot took the place of this one while it was read.
  return bytes.length === size ? bytes : null;
}

function nameOf(logId: string): string {
  return `${logId}.${FOLD_VERSION}`;
}
