import type { NatsConnection } from 'nats';
import type { Follower } from './log-view.js';
import { saveSnapshot } from './snapshot.js';

/** Messages of a few changes between two snapshots. */
const USUAL_EVERY = 500;

/** Writes a snapshot whenever enough was read since the last, one at a time. A failure is a warning: no harm but slower reads. */
export function createSnapshotWriter(
  nc: NatsConnection,
  { onWarning, snapshotEvery = USUAL_EVERY }: { onWarning: (message: string) => void; snapshotEvery?: number },
) {
  let savedAt = 0;
  let saving: Promise<void> | null = null;
  return {
    /** Waits for a snapshot that is being written. */
    finished: async () => saving,
    consider(logId: string, follower: Pick<Follower, 'snapshot' | 'weightRead'>) {
      const snapshot = follower.snapshot();
      if (snapshot === null || saving !== null || follower.weightRead() - savedAt < snapshotEvery) return;
      savedAt = follower.weightRead();
      saving = saveSnapshot(nc, logId, snapshot)
        .catch((error: unknown) => onWarning(`no snapshot was written: ${String(error)}`))
        .finally(() => (saving = null));
    },
  };
}
