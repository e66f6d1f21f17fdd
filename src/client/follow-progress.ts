import type { WorkflowHandle } from '@temporalio/client';
import { PROGRESS_QUERY, type Progress } from '../workflows/activities.js';

const EVERY_MS = 250;
const WORKER_PATIENCE_MS = 3_000;

/** Shows an operation's steps on stderr as they complete, and says when no worker takes it up. Stopped by the caller. */
export function showProgress(handle: WorkflowHandle): { stop(): void } {
  let stopped = false;
  let shown = 0;
  // A query needs a worker; without one it hangs, and the operation itself goes on later.
  const noWorker = setTimeout(() => {
    process.stderr.write('· no worker has answered for 3 s; it goes on when one runs (hecate status)\n');
  }, WORKER_PATIENCE_MS).unref();
  const look = async () => {
    const { lines } = await handle.query<Progress, []>(PROGRESS_QUERY);
    clearTimeout(noWorker);
    for (const line of stopped ? [] : lines.slice(shown)) process.stderr.write(`· ${line}\n`);
    shown = Math.max(shown, lines.length);
  };
  const loop = async () => {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS).unref());
      if (stopped) return;
      await look().catch(() => undefined);
    }
  };
  void loop();
  return {
    stop() {
      stopped = true;
      clearTimeout(noWorker);
    },
  };
}
