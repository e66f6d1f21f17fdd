import type { NatsConnection } from 'nats';
import type { Outcome } from '../../domain/log/commit.js';
import { outcomeSubject } from './subjects.js';

/** What to wait for, and how to look whether it is in the log. */
export interface AwaitedOutcome {
  readonly id: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly read: () => Promise<Outcome | null>;
}

const LONGEST_PAUSE_MS = 1_000;

/**
 * The outcome once the log has it; null after the time or when aborted. A message on the subject only wakes it up:
 * subscribers also see what the log refused, and see nothing of what was sent while they were disconnected.
 */
export async function awaitOutcome(
  nc: NatsConnection,
  { id, timeoutMs, signal, read }: AwaitedOutcome,
): Promise<Outcome | null> {
  const deadline = Date.now() + timeoutMs;
  let pause = 5;
  let wake = () => {};
  const subscription = nc.subscribe(outcomeSubject(id), {
    callback: () => {
      pause = 5;
      wake();
    },
  });
  const stop = () => wake();
  signal?.addEventListener('abort', stop);
  try {
    for (;;) {
      const outcome = await read();
      const left = deadline - Date.now();
      if (outcome !== null || left <= 0 || signal?.aborted) return outcome;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(pause, left));
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    subscription.unsubscribe();
  }
}
