import type { Canary } from '../resources/canary.js';
import { nothingSpent, type Spending } from './verdict.js';
import type { CanaryTraffic, Side } from './traffic.js';

/** State kept between two analyses of a canary. Plain data: it is stored in the workflow's history. */
export interface CanaryMemory {
  /** Start of the canary and of its step; they identify what the memory belongs to. */
  readonly since: string;
  readonly stepSince: string;
  /** Start of the analysed traffic: that of the step, or later when the step lasts longer than its interval. */
  readonly windowSince: string;
  readonly spending: Spending;
  /** Requests in the window that each side answered without an error. */
  readonly answered: Readonly<Record<Side, number>>;
  /** True once the canary has answered. */
  readonly hasAnswered: boolean;
  /** Time since which the canary has not answered; null: it answers. */
  readonly silentSince: string | null;
}

/** Returns the memory of the canary's present step; an empty one when the step or the canary is new. */
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

/** Starts the next window of a step that lasts longer than its interval, so that old good traffic does not hide new errors. */
export function nextWindow(memory: CanaryMemory, now: string): CanaryMemory {
  const spending = { ...nothingSpent, windows: memory.spending.windows + 1 };
  return { ...memory, windowSince: now, spending, answered: { stable: 0, canary: 0 } };
}

/** The sides that answer: a server answered a check or, where that is not known, a request since the last analysis. */
export function sidesAlive(
  memory: CanaryMemory,
  answers: Readonly<Record<Side, boolean | null>>,
  traffic: CanaryTraffic | null,
): Readonly<Record<Side, boolean>> {
  const answered = answeredBy(traffic, memory);
  const alive = (side: Side) => answers[side] ?? answered[side] > memory.answered[side];
  return { stable: alive('stable'), canary: alive('canary') };
}

/** Returns the memory after an observation. */
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
