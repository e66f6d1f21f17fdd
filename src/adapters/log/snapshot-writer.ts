import type { NatsConnection } from 'nats';
import type { Follower } from './log-view.js';
import { saveSnapshot } from './snapshot.js';

/** Default number of messages between two snapshots. */
const USUAL_EVERY = 500;
/** Delay of a snapshot. Serializing a large state blocks the process, so the caller that has just read the log goes first. */
const WRITTEN_AFTER_MS = 1_000;

/** Creates a writer that saves a snapshot a second after enough messages were read. A failure is only a warning: reads get slower. */
export function createSnapshotWriter(
  nc: NatsConnection,
  { onWarning, snapshotEvery = USUAL_EVERY }: { onWarning: (message: string) => void; snapshotEvery?: number },
) {
  let savedAt = 0;
  let waiting: { readonly timer: NodeJS.Timeout; readonly save: () => void } | null = null;
  let saving: Promise<void> | null = null;
  return {
    /** Writes a waiting snapshot now, and waits for the write. */
    async finished() {
      waiting?.save();
      await saving;
    },
    consider(logId: string, follower: Pick<Follower, 'snapshot' | 'weightRead'>) {
      if (waiting !== null || saving !== null || follower.weightRead() - savedAt < snapshotEvery) return;
      const save = () => {
        if (waiting) clearTimeout(waiting.timer);
        waiting = null;
        savedAt = follower.weightRead();
        const snapshot = follower.snapshot();
        if (snapshot === null) return;
        saving = saveSnapshot(nc, logId, snapshot)
          .catch((error: unknown) => onWarning(`cannot write a snapshot of the log: ${String(error)}`))
          .finally(() => (saving = null));
      };
      waiting = { timer: setTimeout(save, WRITTEN_AFTER_MS), save };
    },
  };
}
