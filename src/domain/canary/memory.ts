import type { Canary } from '../resources/canary.js';
import { nothingSpent, type Spending } from './verdict.js';
import type { CanaryTraffic, Side } from './traffic.js';

/** What has to be kept from one look at a canary to the next. Plain data: it outlives workers in the workflow's history. */
export interface CanaryMemory {
  /** Which canary, and which of its steps, this is about. */
  readonly since: string;
  readonly stepSince: string;
  /** Begin of the traffic that is judged: the step's, or later where the step outlasted its interval. */
  readonly windowSince: string;
  readonly spending: Spending;
  /** Requests in the window that each side had answered without an error. */
  readonly answered: Readonly<Record<Side, number>>;
  /** Whether the canary ever answered. */
  readonly hasAnswered: boolean;
  /** When it was first seen that the canary does not answer; null: it does. */
  readonly silentSince: string | null;
}

/** The memory of this canary's present step, which is empty where there is none yet. */
export function memoryOf(canary: Canary, held: CanaryMemory | null): CanaryMemory {
  if (held?.since === canary.since && held.stepSince === canary.stepSince) return held;
  const isSame = held?.since === canary.since;
  return {
    since: canary.since,
    stepSince: canary.stepSince,
    windowSince: canary.stepSince,
    spending: nothingSpent,
    answered: { stable: 0, canary: 0 },
    hasAnswered: isSame && held.hasAnswered,
    silentSince: isSame ? held.silentSince : null,
  };
}

/** The next window of a step that lasts longer than its interval: what went well long ago hides nothing. */
export function nextWindow(memory: CanaryMemory, now: string): CanaryMemory {
  const spending = { ...nothingSpent, windows: memory.spending.windows + 1 };
  return { ...memory, windowSince: now, spending, answered: { stable: 0, canary: 0 } };
}

/** Which sides answer: a server of them accepts a connection, or a request was answered since the last look. */
export function sidesAlive(
  memory: CanaryMemory,
  dials: Readonly<Record<Side, boolean>>,
  traffic: CanaryTraffic | null,
): Readonly<Record<Side, boolean>> {
  const answered = answeredBy(traffic, memory);
  const alive = (side: Side) => dials[side] || answered[side] > memory.answered[side];
  return { stable: alive('stable'), canary: alive('canary') };
}

/** The memory after a look. */
export function remembered(
  memory: CanaryMemory,
  seen: { readonly isAlive: boolean; readonly traffic: CanaryTraffic | null; readonly now: string },
): CanaryMemory {
  return {
    ...memory,
    answered: answeredBy(seen.traffic, memory),
    hasAnswered: memory.hasAnswered || seen.isAlive,
    silentSince: seen.isAlive ? null : (memory.silentSince ?? seen.now),
  };
}

function answeredBy(traffic: CanaryTraffic | null, memory: CanaryMemory): Readonly<Record<Side, number>> {
  if (traffic === null) return memory.answered;
  const { stable, canary } = traffic;
  return { stable: stable.requests - stable.errors, canary: canary.requests - canary.errors };
}
