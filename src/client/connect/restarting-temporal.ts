import { setTimeout as sleep } from 'node:timers/promises';
import { fullDisk } from './known-failure.js';

/** Time (ms) that a command waits for a Temporal that restarts; the supervisor has it back within some seconds. */
const RESTART_PATIENCE_MS = 15_000;
const AGAIN_MS = 500;

const INVALID_ARGUMENT = 3;
const DEADLINE_EXCEEDED = 4;
const RESOURCE_EXHAUSTED = 8;
const UNAVAILABLE = 14;

/** Returns true for an error of a Temporal that does not answer, or that has started and is not ready yet. */
export function isRestarting(error: unknown): boolean {
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    if (one.name === 'NamespaceNotFoundError') return true;
    const { code, details } = one as { code?: unknown; details?: unknown };
    if (code === UNAVAILABLE || code === DEADLINE_EXCEEDED || code === RESOURCE_EXHAUSTED) return true;
    // Temporal learns its search attributes only some moments after it answers.
    if (code === INVALID_ARGUMENT && /search attribute|no mapping/i.test(String(details))) return true;
  }
  return false;
}

/**
 * Repeats a call to Temporal while it restarts, for at most 15 s. Other errors, and the last one, pass. A full disk is not
 * waited for.
 */
export async function throughRestart<T>(
  attempt: () => Promise<T>,
  patienceMs: number = RESTART_PATIENCE_MS,
): Promise<T> {
  for (const deadline = Date.now() + patienceMs; ;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isRestarting(error) || Date.now() + AGAIN_MS > deadline || fullDisk() !== null) throw error;
      await sleep(AGAIN_MS);
    }
  }
}
