import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { Context } from '@temporalio/activity';
import { Failure } from '../ports/failure.js';

/**
 * Wraps activities so that a `Failure` becomes an `ApplicationFailure` with its kind as the type. Temporal retries only
 * `unavailable`, unless the activity has waited already. A TypeError, RangeError or SyntaxError is a bug and not retried.
 */
export function asApplicationFailures<T extends object>(activities: T): T {
  const wrapped = Object.entries(activities).map(([name, run]) => [
    name,
    async (...args: unknown[]) => {
      try {
        return await (run as (...a: unknown[]) => Promise<unknown>)(...args);
      } catch (error) {
        throw translated(error);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as T;
}

function translated(error: unknown): unknown {
  if (error instanceof Failure) {
    const options = { message: error.message, type: error.kind, details: [error.details.hint ?? null] };
    return ApplicationFailure.create({
      ...options,
      nonRetryable: error.kind !== 'unavailable' || error.details.hasWaited === true,
    });
  }
  if (error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError) {
    return ApplicationFailure.nonRetryable(error.message, 'bug');
  }
  return error;
}

const HEARTBEAT_EVERY_MS = 400;

/**
 * Sends heartbeats while `run` is under way, so that a dead worker is noticed within 1.5 s. The signal aborts when the
 * attempt was cancelled or replaced by another one. What `report` got last is in the heartbeats; the Web UI shows it.
 */
export async function heartbeating<T>(
  run: (signal: AbortSignal, report: (details: unknown) => void) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  let details: unknown = undefined;
  const timer = setInterval(() => context.heartbeat(details), HEARTBEAT_EVERY_MS);
  try {
    return await run(context.cancellationSignal, (latest) => (details = latest));
  } finally {
    clearInterval(timer);
  }
}

/** As {@link heartbeating}, for work that ends early when it is cancelled: whatever it throws then, it was cancelled. */
export async function stoppable<T>(
  run: (signal: AbortSignal, report: (details: unknown) => void) => Promise<T>,
): Promise<T> {
  return heartbeating(async (signal, report) => {
    try {
      return await run(signal, report);
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new CancelledFailure('cancelled', [], error instanceof Error ? error : undefined);
    }
  });
}
