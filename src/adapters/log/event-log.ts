import type { NatsConnection } from 'nats';
import type { Aborted, Commit, CommitDraft, Outcome, Position } from '../../domain/log/commit.js';
import type { Blobs } from '../../ports/blobs.js';
import type { AppendResult, EventLog } from '../../ports/event-log.js';
import type { StoredAlertMemory } from '../../ports/alerts/memory.js';
import type { Figures } from '../../ports/figures.js';
import type { Observations } from '../../ports/observations.js';
import type { ScheduledRuns } from '../../ports/schedules.js';
import type { TakenRequests } from '../../ports/trust.js';
import { awaitOutcome } from './await-outcome.js';
import { connectNats, type NatsLocation } from './nats/connect-nats.js';
import { readerOn } from './log-reader.js';
import { createBlobs } from './stores/blob-store.js';
import { guardedPublish } from './nats/guarded-publish.js';
import { logArchiveOn } from './log-archive.js';
import type { LogArchive } from '../../ports/backup/log-archive.js';
import { blobsOf, storedForm } from './large-commits.js';
import { createFollower } from './log-view.js';
import { hashOf } from './nats/read-stream.js';
import { alertMemoryOn, createAlertsStream } from './stores/alert-memory.js';
import { createFiguresStreams, figuresOn } from './stores/figures.js';
import { createObservationsStream, observationsOn } from './stores/observations.js';
import { createRunsStream, scheduledRunsOn } from './stores/scheduled-runs.js';
import { createSnapshotWriter } from './snapshot-writer.js';
import { createTakenRequestsStream, takenRequestsOn } from './stores/taken-requests.js';
import { namesOn } from './log-names.js';
import { renewCredentials } from './nats/renewed-connection.js';

/** Connection and settings of a log that is written. */
export interface EventLogOptions extends NatsLocation {
  /** Called when a snapshot or a bucket could not be written. Only reads get slower. */
  readonly onWarning: (message: string) => void;
  /** Number of messages between two snapshots; default 500. A message with many changes counts as several. */
  readonly snapshotEvery?: number;
}

/** The worker's log, with the stores beside it. */
export interface WorkerLog extends EventLog {
  /** Texts that commits refer to; never deleted. */
  readonly blobs: Blobs;
  /** Texts that expire after an hour: inputs of commands, and plans of dry runs. */
  readonly blobStaging: Blobs;
  readonly takenRequests: TakenRequests;
  readonly scheduledRuns: ScheduledRuns;
  readonly observations: Observations;
  readonly figures: Figures;
  readonly alertMemory: StoredAlertMemory;
  /** The log as backups copy it. */
  readonly archive: LogArchive;
  messagesRead(): number;
  /** Moves to the seed that the file has now; no call fails by it. Returns when no connection has the seed before. */
  renewCredentials(): Promise<void>;
}

/** Opens the log on JetStream for reading and writing. It reconnects for ever; each call fails within 5 s. */
export async function createEventLog(options: EventLogOptions): Promise<WorkerLog> {
  const nc = await connectNats(options, { reconnect: true, name: 'worker' });
  await ensureStores(nc, options);
  const follower = createFollower(nc);
  const reader = readerOn(nc, follower);
  const snapshots = createSnapshotWriter(nc, options);

  const append = async (message: Commit | Aborted, expected: Position | null): Promise<AppendResult> => {
    // Read after `expected`: an attempt with the same id that is not visible here makes the publish conflict.
    const present = await reader.find(message.id);
    if (present) return { kind: 'present', ...present };
    const payload = await storedForm(nc, message);
    const outcome = await guardedPublish(nc, namesOn(nc).commitSubject(message.id), payload, {
      filter: namesOn(nc).commits,
      last: expected?.sequence ?? 0,
    });
    if (outcome.kind === 'written')
      return { kind: 'appended', position: { sequence: outcome.sequence, hash: hashOf(payload) } };
    // After a conflict or a lost answer, our own message may already be in the log.
    const found = await reader.find(message.id);
    if (found) return { kind: 'present', ...found };
    if (outcome.kind === 'conflict') return { kind: 'moved' };
    throw outcome.failure;
  };
  return {
    ...reader,
    blobs: blobsOf(nc),
    blobStaging: createBlobs(nc, namesOn(nc).blobStaging, { expires: true }),
    takenRequests: takenRequestsOn(nc),
    scheduledRuns: scheduledRunsOn(nc),
    observations: observationsOn(nc),
    figures: figuresOn(nc),
    alertMemory: alertMemoryOn(nc),
    archive: logArchiveOn(nc),
    messagesRead: () => follower.messagesRead(),
    renewCredentials: () => renewCredentials(nc),
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
      // `expected` came from a view, so the state in memory is at least as new.
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
      const subject = namesOn(nc).outcomeSubject(outcome.id);
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

/** Creates the stores that logs of older versions lack. Other calls report a missing log. */
async function ensureStores(nc: NatsConnection, { onWarning }: EventLogOptions): Promise<void> {
  const warn = (what: string) => (error: unknown) => onWarning(`cannot create ${what}: ${String(error)}`);
  await nc.jetstream().views.os(namesOn(nc).blobs).catch(warn('the bucket of large commits'));
  await createTakenRequestsStream(nc).catch(warn('the stream of taken requests'));
  await createRunsStream(nc).catch(warn('the stream of scheduled runs'));
  await createObservationsStream(nc).catch(warn('the stream of observations'));
  await createFiguresStreams(nc).catch(warn('the streams of traffic figures'));
  await createAlertsStream(nc).catch(warn('the stream of alerts'));
}
