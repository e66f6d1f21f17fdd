// Canary analysis: from the traffic of a canary and a stable side to the next action. Imports resources, values and data.
import type { Canary } from '../resources/canary.js';
import { memoryOf, nextWindow, remembered, sidesAlive, type CanaryMemory } from './memory.js';
import { durationMs } from '../values/duration.js';
import { verdictOn, type Counts, type Verdict } from './verdict.js';
import type { CanaryTraffic, Side } from './traffic.js';

/** Measurements of a canary at one moment. */
export interface Observation {
  readonly canary: Canary;
  /** ISO 8601 UTC. */
  readonly now: string;
  /** Traffic since the memory's `windowSince`; null: it cannot be read. */
  readonly traffic: CanaryTraffic | null;
  /** Reason why `traffic` is null. */
  readonly problem: string | null;
  /** Traffic of the stable side since the canary began. */
  readonly stableBefore: Counts;
  /** By side: true when one of its servers answers as Caddy needs it, null when only the proxy can tell. */
  readonly answers: Readonly<Record<Side, boolean | null>>;
}

/** The next action of a canary. */
export type NextAction =
  | { readonly kind: 'advance'; readonly percentage: number }
  | { readonly kind: 'promote' }
  | { readonly kind: 'rollback' }
  /** Analyse again after `againMs`. `sentence` is the reason; `at` is the time of the next step, null: none is planned. */
  | { readonly kind: 'stay'; readonly againMs: number; readonly at: string | null; readonly sentence: string };

/** The result of one analysis. */
export interface Analysis {
  readonly verdict: Verdict;
  readonly move: NextAction;
  readonly memory: CanaryMemory;
}

/** Analyses a canary and returns its next action. Pure: the same observation gives the same action on every worker. */
export function analyse(observation: Observation, held: CanaryMemory | null): Analysis {
  const { canary, now, traffic, answers } = observation;
  const before = memoryOf(canary, held);
  const alive = sidesAlive(before, answers, traffic);
  const memory = remembered(before, { isAlive: alive.canary, traffic, now });
  const isOver = agoMs(now, memory.windowSince) >= intervalMs(canary);
  const latest = latestVerdict(observation, memory, isOver);
  const silence = silenceOf(observation, memory, alive);
  // A breach counts even when the canary has stopped answering.
  const verdict = latest.verdict.kind === 'breach' && alive.stable ? latest.verdict : (silence ?? latest.verdict);
  const move = moveOf(canary, verdict, now);
  const kept = { ...memory, spending: latest.spending };
  const isGood = verdict.kind === 'good' || verdict.kind === 'not-analysed';
  const isDone = move.kind === 'stay' && isGood && isOver && Number.isFinite(intervalMs(canary));
  return { verdict, move, memory: isDone ? nextWindow(kept, now) : kept };
}

/** The percentage of the next step; null: the present step is the last, and promotion follows. */
export function nextStep({ steps, percentage }: Canary): number | null {
  return steps.find((step) => step > percentage) ?? null;
}

/** Time after which a canary that answered before and does not now is rolled back. */
const SILENCE_MS = 15_000;
/** The same for a canary that never answered, which takes `--force` to start. */
const FIRST_SILENCE_MS = 60_000;

/** The verdict when a side does not answer; null: both answer. */
function silenceOf(
  { canary, now }: Observation,
  { silentSince, hasAnswered }: CanaryMemory,
  alive: Readonly<Record<Side, boolean>>,
): Verdict | null {
  // Without the stable side nothing could serve requests after a rollback, and nothing can be compared.
  if (!alive.stable && !alive.canary) return { kind: 'hold', sentence: 'no server of either side answers' };
  if (!alive.stable) return { kind: 'hold', sentence: 'no stable server answers' };
  if (silentSince === null) return null;
  const silentMs = agoMs(now, silentSince);
  const isDead = silentMs >= (hasAnswered ? SILENCE_MS : FIRST_SILENCE_MS);
  const sentence = `no server of ${canary.upstream} has answered for ${Math.round(silentMs / 1000)} s`;
  return { kind: isDead ? 'breach' : 'hold', sentence };
}

function latestVerdict({ canary, traffic, problem, stableBefore }: Observation, memory: CanaryMemory, isOver: boolean) {
  const { spending } = memory;
  if (canary.limits === null) {
    return { verdict: { kind: 'not-analysed', sentence: 'no limits are set' } as const, spending };
  }
  if (traffic === null) {
    return {
      verdict: { kind: 'hold', sentence: `no traffic figures: ${problem ?? 'not read yet'}` } as const,
      spending,
    };
  }
  const { limits } = canary;
  return verdictOn({ limits, canary: traffic.canary, stable: traffic.stable, stableBefore, isOver }, spending);
}

function moveOf(canary: Canary, verdict: Verdict, now: string): NextAction {
  if (verdict.kind === 'breach') return { kind: 'rollback' };
  const leftMs = intervalMs(canary) - agoMs(now, canary.stepSince);
  const stay = (sentence: string, at: string | null = null): NextAction => {
    const dueMs = leftMs > 0 ? leftMs : Number.POSITIVE_INFINITY;
    return { kind: 'stay', againMs: Math.ceil(Math.min(lookEveryMs(canary), dueMs)), at, sentence };
  };
  if (canary.steps.length === 0) return stay('no steps: change the percentage, promote or roll back by hand');
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
