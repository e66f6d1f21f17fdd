import type { Known } from '../../domain/health/facts.js';

/** How a fact is kept fresh. Times in milliseconds. */
export interface Freshness {
  /** A look begins when the last one began longer ago. One that failed is repeated earlier. */
  readonly everyMs: number;
  /** Longest wait for a look that runs. */
  readonly patienceMs: number;
  readonly clock: () => number;
}

/** A failed look is repeated after this time, if it is not earlier anyway. Less than the time between two calls of the alerts. */
const RETRY_MS = 10_000;
/** A fact that was found longer ago than this many intervals is not known any more. */
const STALE_AFTER = 5;
const SHORTEST_STALE_MS = 120_000;

/**
 * Returns a function that returns facts of one kind, looking again when they are old. It never throws: facts that cannot be
 * found are `unknown`, with the reason. A look that takes long goes on, and the facts of the one before are returned.
 */
export function freshFact<T>(
  find: () => Promise<readonly T[]>,
  { everyMs, patienceMs, clock }: Freshness,
): () => Promise<Known<T>> {
  let last: Known<T> = { unknown: 'it was not looked at yet' };
  let foundAt = -Infinity;
  let begunAt = -Infinity;
  let running: Promise<void> | null = null;
  const look = async () => {
    last = await knownOf(find);
    foundAt = clock();
    running = null;
  };
  return async () => {
    const waitMs = 'unknown' in last ? Math.min(everyMs, RETRY_MS) : everyMs;
    if (running === null && clock() - begunAt >= waitMs) {
      begunAt = clock();
      running = look();
    }
    if (running !== null) await Promise.race([running, sleep(patienceMs)]);
    const staleMs = Math.max(SHORTEST_STALE_MS, everyMs * STALE_AFTER);
    const isStale = 'known' in last && clock() - foundAt > staleMs;
    return isStale ? { unknown: `the last look took longer than ${Math.round(staleMs / 1_000)} s` } : last;
  };
}

/** Returns facts by a look of their own, or why it could not be made within `patienceMs`. Never throws. */
export async function soon<T>(find: () => Promise<readonly T[]>, patienceMs: number): Promise<Known<T>> {
  const tooLong = { unknown: `the look takes longer than ${Math.round(patienceMs / 1_000)} s` };
  return Promise.race([knownOf(find), sleep(patienceMs).then(() => tooLong)]);
}

async function knownOf<T>(find: () => Promise<readonly T[]>): Promise<Known<T>> {
  try {
    return { known: await find() };
  } catch (error) {
    return { unknown: error instanceof Error ? error.message : String(error) };
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
