import type { NatsConnection } from 'nats';
import type { Aborted, Commit, CommitDraft, Outcome, Position } from '../../domain/log/commit.js';
import type { Blobs } from '../../ports/blobs.js';
import type { AppendResult, EventLog } from '../../ports/event-log.js';
import { awaitOutcome } from './await-outcome.js';
import { connectNats, type NatsLocation } from './connect-nats.js';
import { readerOn } from './log-reader.js';
import { createBlobs } from './blob-store.js';
import { guardedPublish } from './guarded-publish.js';
import { blobsOf, storedForm } from './large-commits.js';
import { createFollower } from './log-view.js';
import { hashOf } from './read-stream.js';
import { createSnapshotWriter } from './snapshot-writer.js';
import { BLOBS, COMMITS, commitSubject, outcomeSubject, STAGING } from './subjects.js';

/** How to reach the log for writing. */
export interface EventLogOptions extends NatsLocation {
  /** A snapshot could not be written: no harm but slower reads. */
  readonly onWarning: (message: string) => void;
  /** Messages of a few changes between two snapshots; default 500. Large ones count as several. */
  readonly snapshotEvery?: number;
}

/** The log as the worker has it, with the stores beside it. */
export interface WorkerLog extends EventLog {
  /** Texts that commits name; kept for ever. */
  readonly blobs: Blobs;
  /** Texts that are gone after an hour: what commands hand over, and plans that are only looked at. */
  readonly staging: Blobs;
  messagesRead(): number;
}

/** The log on JetStream, read and write. Reconnects for ever; each call fails by itself within 5 s. */
export async function createEventLog(options: EventLogOptions): Promise<WorkerLog> {
  const nc = await connectNats(options, { reconnect: true });
  await ensureBlobs(nc, options);
  const follower = createFollower(nc);
  const reader = readerOn(nc, follower);
  const snapshots = createSnapshotWriter(nc, options);

  const append = async (message: Commit | Aborted, expected: Position | null): Promise<AppendResult> => {
    // After `expected` was read: whatever attempt of the same id is not seen here makes the publish conflict.
    const present = await reader.find(message.id);
    if (present) return { kind: 'present', ...present };
    const payload = await storedForm(nc, message);
    const outcome = await guardedPublish(nc, commitSubject(message.id), payload, {
      filter: COMMITS,
      last: expected?.sequence ?? 0,
    });
    if (outcome.kind === 'written')
      return { kind: 'appended', position: { sequence: outcome.sequence, hash: hashOf(payload) } };
    // A conflict or a lost answer: our own message may be what is in the way.
    const found = await reader.find(message.id);
    if (found) return { kind: 'present', ...found };
    if (outcome.kind === 'conflict') return { kind: 'moved' };
    throw outcome.failure;
  };
  return {
    ...reader,
    blobs: blobsOf(nc),
    staging: createBlobs(nc, STAGING, { expires: true }),
    messagesRead: () => follower.messagesRead(),
    async close() {
      await snapshots.finished();
      await nc.close();
    },
    async view() {
      const view = await follower.view();
      snapshots.consider(view.logId, follower);
      return view;
    },
    async append(draft: CommitDraft, expected) {
      // `expected` came from a view, so memory is at least as new.
      const last = follower.snapshot()?.state.at ?? null;
      const at = last !== null && draft.at < last ? last : draft.at;
      return append({ type: 'committed', ...draft, at, previous: expected }, expected);
    },
    async abort(id, at) {
      for (;;) {
        const { state } = await follower.view();
        const message: Aborted = { type: 'aborted', id, at, previous: state.head };
        const result = await append(message, state.head);
        if (result.kind === 'appended') return { position: result.position, message };
        if (result.kind === 'present') return { position: result.position, message: result.message };
      }
    },
    async record(outcome) {
      const message: Outcome = { type: 'ended', ...outcome };
      const subject = outcomeSubject(outcome.id);
      const written = await guardedPublish(nc, subject, Buffer.from(JSON.stringify(message)), {
        filter: subject,
        last: 0,
      });
      if (written.kind === 'unknown' && (await reader.outcome(outcome.id)) === null) throw written.failure;
    },
    waitForOutcome: (id, timeoutMs, signal) =>
      awaitOutcome(nc, { id, timeoutMs, signal, read: () => reader.outcome(id) }),
  };
}

/** Logs that were made before there were large commits have no bucket for them. A missing log is found out elsewhere. */
async function ensureBlobs(nc: NatsConnection, { onWarning }: EventLogOptions): Promise<void> {
  await nc
    .jetstream()
    .views.os(BLOBS)
    .catch((error: unknown) => onWarning(`large commits have no place: ${String(error)}`));
}
