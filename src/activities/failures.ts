import { ApplicationFailure } from '@temporalio/common';
import { Context } from '@temporalio/activity';
import { Failure } from '../ports/failure.js';

/** Turns `Failure` into what Temporal understands: only `unavailable` is worth a retry, unless it was waited for. Other errors pass as bugs, without retry. */
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
 * Heartbeats while `run` is under way, so that a dead worker is noticed in a second and a half. The signal says that
 * nobody waits for this attempt any more: it was cancelled, or another one has taken its place.
 */
export async function heartbeating<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(), HEARTBEAT_EVERY_MS);
  try {
    return await run(context.cancellationSignal);
  } finally {
    clearInterval(timer);
  }
}
