import type { NatsConnection } from 'nats';
import type { Outcome } from '../../domain/log/commit.js';
import { namesOn } from './log-names.js';

/** The operation whose outcome is awaited. `read` looks for it in the log. */
export interface AwaitedOutcome {
  readonly id: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly read: () => Promise<Outcome | null>;
}

const LONGEST_PAUSE_MS = 1_000;

/**
 * Waits for an outcome and returns it; null after `timeoutMs` or when aborted. A message on the subject only triggers a
 * read: subscribers also receive messages that the log refused, and miss those sent while they were disconnected.
 */
export async function awaitOutcome(
  nc: NatsConnection,
  { id, timeoutMs, signal, read }: AwaitedOutcome,
): Promise<Outcome | null> {
  const deadline = Date.now() + timeoutMs;
  let pause = 5;
  let wake = () => {};
  const subscription = nc.subscribe(namesOn(nc).outcomeSubject(id), {
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
