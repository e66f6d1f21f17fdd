import type { NatsConnection } from 'nats';
import type { Follower } from './log-view.js';
import { saveSnapshot } from './snapshot.js';

/** Writes a snapshot every so many messages, one at a time. A failure is a warning: no harm but slower reads. */
export function createSnapshotWriter(
  nc: NatsConnection,
  options: { readonly onWarning: (message: string) => void; readonly snapshotEvery?: number },
) {
  const every = options.snapshotEvery ?? 500;
  let lastSaved: number | null = null;
  let saving: Promise<void> | null = null;
  return {
    /** Waits for a snapshot that is being written. */
    finished: async () => saving,
    consider(logId: string, snapshot: ReturnType<Follower['snapshot']>) {
      if (snapshot === null || saving !== null) return;
      lastSaved ??=
        Math.floor(snapshot.position.sequence / every) * every - (snapshot.position.sequence >= every ? every : 0);
      if (snapshot.position.sequence - lastSaved < every) return;
      lastSaved = snapshot.position.sequence;
      saving = saveSnapshot(nc, logId, snapshot)
        .catch((error: unknown) => options.onWarning(`no snapshot was written: ${String(error)}`))
        .finally(() => (saving = null));
    },
  };
}
