import type { NatsConnection } from 'nats';
import type { Follower } from './log-view.js';
import { saveSnapshot } from './snapshot.js';

/** Messages of a few changes between two snapshots. */
const USUAL_EVERY = 500;
/** Making a large one takes a while in which nothing else is done: what has just read the log goes first. */
const WRITTEN_AFTER_MS = 1_000;

/** Writes a snapshot some time after enough was read since the last. A failure is a warning: no harm but slower reads. */
export function createSnapshotWriter(
  nc: NatsConnection,
  { onWarning, snapshotEvery = USUAL_EVERY }: { onWarning: (message: string) => void; snapshotEvery?: number },
) {
  let savedAt = 0;
  let waiting: { readonly timer: NodeJS.Timeout; readonly save: () => void } | null = null;
  let saving: Promise<void> | null = null;
  return {
    /** Writes at once what waits to be written, and waits for it. */
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
          .catch((error: unknown) => onWarning(`no snapshot was written: ${String(error)}`))
          .finally(() => (saving = null));
      };
      waiting = { timer: setTimeout(save, WRITTEN_AFTER_MS), save };
    },
  };
}
