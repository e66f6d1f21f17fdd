import type { WorkflowHandle } from '@temporalio/client';
import { PROGRESS_QUERY, type Progress } from '../workflows/activities.js';
import type { OperationsClient } from './operations-client.js';

const EVERY_MS = 250;
const WORKER_PATIENCE_MS = 2_500;

/** Shows an operation's steps on stderr as they complete, and says when no worker takes it up. Stopped by the caller. */
export function showProgress(operations: OperationsClient, handle: WorkflowHandle): { stop(): void } {
  let stopped = false;
  let shown = 0;
  let saidNoWorker = false;
  const started = Date.now();
  const look = async () => {
    try {
      const { lines } = await handle.query<Progress, []>(PROGRESS_QUERY);
      for (const line of stopped ? [] : lines.slice(shown)) process.stderr.write(`· ${line}\n`);
      shown = Math.max(shown, lines.length);
    } catch {
      // A query needs a worker; without one it times out, and the operation itself goes on later.
      if (stopped || saidNoWorker || Date.now() - started < WORKER_PATIENCE_MS) return;
      saidNoWorker = true;
      const polls = await operations.workerPolls().catch(() => true);
      if (!stopped && !polls)
        process.stderr.write('· no worker takes it up now; it goes on when one runs (hecate status)\n');
    }
  };
  const loop = async () => {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS).unref());
      if (stopped) return;
      await look();
    }
  };
  void loop();
  return {
    stop() {
      stopped = true;
    },
  };
}
