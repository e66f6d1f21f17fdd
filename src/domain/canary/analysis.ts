import type { Canary } from '../resources/canary.js';
import { memoryOf, nextWindow, remembered, sidesAlive, type CanaryMemory } from './memory.js';
import { durationMs } from '../values/duration.js';
import { judge, type Counts, type Verdict } from './verdict.js';
import type { CanaryTraffic, Side } from './traffic.js';

/** What was seen of a canary at one moment. */
export interface Observation {
  readonly canary: Canary;
  /** ISO 8601 UTC. */
  readonly now: string;
  /** Since the memory's `windowSince`; null: the figures cannot be read. */
  readonly traffic: CanaryTraffic | null;
  /** Why not. */
  readonly problem: string | null;
  /** Of the stable side, since the canary began. */
  readonly stableBefore: Counts;
  /** Whether a server of the side accepts a connection. */
  readonly dials: Readonly<Record<Side, boolean>>;
}

/** What happens to a canary next. */
export type NextAction =
  | { readonly kind: 'advance'; readonly percentage: number }
  | { readonly kind: 'promote' }
  | { readonly kind: 'rollback' }
  /** Until the next look; `sentence` says what is waited for, `at` when a good canary goes on (null: not by itself). */
  | { readonly kind: 'stay'; readonly againMs: number; readonly at: string | null; readonly sentence: string };

export interface Analysis {
  readonly verdict: Verdict;
  readonly move: NextAction;
  readonly memory: CanaryMemory;
}

/** Judges a canary and says what happens to it next. Pure: the same look has the same consequence on every worker. */
export function analyse(observation: Observation, held: CanaryMemory | null): Analysis {
  const { canary, now, traffic, dials } = observation;
  const before = memoryOf(canary, held);
  const alive = sidesAlive(before, dials, traffic);
  const memory = remembered(before, { isAlive: alive.canary, traffic, now });
  const isOver = agoMs(now, memory.windowSince) >= intervalMs(canary);
  const judged = judgement(observation, memory, isOver);
  const silence = silenceOf(observation, memory, alive);
  // What is worse counts: a breach is one whether the canary is silent by now or not.
  const verdict = judged.verdict.kind === 'breach' && alive.stable ? judged.verdict : (silence ?? judged.verdict);
  const move = moveOf(canary, verdict, now);
  const kept = { ...memory, spending: judged.spending };
  const isDone = move.kind === 'stay' && verdict.kind === 'good' && isOver && Number.isFinite(intervalMs(canary));
  return { verdict, move, memory: isDone ? nextWindow(kept, now) : kept };
}

/** The percentage after the present one; null: the canary is promoted after it. */
export function nextStep({ steps, percentage }: Canary): number | null {
  return steps.find((step) => step > percentage) ?? null;
}

/** How long a canary that answered before may be silent. */
const SILENCE_MS = 15_000;
/** The same for one that never answered: it was started so by force. */
const FIRST_SILENCE_MS = 60_000;

/** What a side that does not answer means; null: both do. */
function silenceOf(
  { canary, now }: Observation,
  { silentSince, hasAnswered }: CanaryMemory,
  alive: Readonly<Record<Side, boolean>>,
): Verdict | null {
  // Without the stable side a rollback would leave nobody to answer, and there is nothing to compare with.
  if (!alive.stable && !alive.canary) return { kind: 'hold', sentence: 'no server of either side answers' };
  if (!alive.stable) return { kind: 'hold', sentence: 'no stable server answers' };
  if (silentSince === null) return null;
  const silentMs = agoMs(now, silentSince);
  const isDead = silentMs >= (hasAnswered ? SILENCE_MS : FIRST_SILENCE_MS);
  const sentence = `no server of ${canary.upstream} has answered for ${Math.round(silentMs / 1000)} s`;
  return { kind: isDead ? 'breach' : 'hold', sentence };
}

function judgement({ canary, traffic, problem, stableBefore }: Observation, memory: CanaryMemory, isOver: boolean) {
  const { spending } = memory;
  if (canary.limits === null) {
    return { verdict: { kind: 'good', sentence: 'nothing is judged: it has no limits' } as const, spending };
  }
  if (traffic === null) {
    return { verdict: { kind: 'hold', sentence: `no figures: ${problem ?? 'not read yet'}` } as const, spending };
  }
  const { limits } = canary;
  return judge({ limits, canary: traffic.canary, stable: traffic.stable, stableBefore, isOver }, spending);
}

function moveOf(canary: Canary, verdict: Verdict, now: string): NextAction {
  if (verdict.kind === 'breach') return { kind: 'rollback' };
  const leftMs = intervalMs(canary) - agoMs(now, canary.stepSince);
  const stay = (sentence: string, at: string | null = null): NextAction => {
    const dueMs = leftMs > 0 ? leftMs : Number.POSITIVE_INFINITY;
    return { kind: 'stay', againMs: Math.ceil(Math.min(lookEveryMs(canary), dueMs)), at, sentence };
  };
  if (canary.steps.length === 0) return stay('a person sets the percentage, promotes it or rolls it back');
  const next = nextStep(canary);
  const goal = next === null ? 'promoted' : `${next}%`;
  if (canary.paused) return stay(`paused before ${goal}`);
  if (leftMs > 0) return stay(goal, new Date(Date.parse(now) + leftMs).toISOString());
  if (verdict.kind === 'hold') return stay(`held before ${goal}: ${verdict.sentence}`);
  return next === null ? { kind: 'promote' } : { kind: 'advance', percentage: next };
}

const LOOKS = 20;
const SHORTEST_LOOK_MS = 1_000;
const LONGEST_LOOK_MS = 15_000;
const LOOK_WITHOUT_INTERVAL_MS = 5_000;

function lookEveryMs(canary: Canary): number {
  const part = canary.interval === null ? LOOK_WITHOUT_INTERVAL_MS : intervalMs(canary) / LOOKS;
  return Math.min(LONGEST_LOOK_MS, Math.max(SHORTEST_LOOK_MS, part));
}

function intervalMs({ interval }: Canary): number {
  return interval === null ? Number.POSITIVE_INFINITY : durationMs(interval);
}

function agoMs(now: string, then: string): number {
  return Date.parse(now) - Date.parse(then);
}
