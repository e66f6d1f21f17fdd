import { refusalReasons, type RefusalReason } from '../traffic/access-entry.js';
import { errorsOf, type RouteFigures } from '../traffic/figures.js';
import { countOver, mergedHistograms, quantile, type Histogram } from '../traffic/histogram.js';
import { stepsIn, type Bin, type Sensitivity, type Step } from './change-point.js';

/** Figures of a route in one period. Periods follow one another without gaps, and are equally long. */
export interface Period {
  readonly startMs: number;
  /** Null: there was no request. */
  readonly figures: RouteFigures | null;
}

/**
 * What may change about a route's traffic. `errors`: statuses from 500 on; `denied`: statuses 400 to 499; `redirects`: statuses
 * that send visitors elsewhere; `latency`: the median; `tail-latency`: the slowest 5%; `traffic`: requests.
 */
export const symptoms = ['errors', 'denied', 'redirects', 'latency', 'tail-latency', 'traffic'] as const;
/** One of {@link symptoms}. */
export type Symptom = (typeof symptoms)[number];

/** A change of a route's traffic. */
export interface TrafficChange {
  readonly symptom: Symptom;
  /** True when visitors are worse off: more errors, slower answers, or far less traffic. */
  readonly isWorse: boolean;
  /** Earliest and latest time of the change (Unix ms), with a probability of 95%. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Probability that there was a change, from 0 to 1. */
  readonly confidence: number;
  /** Share (0 to 1) for `errors`, `denied` and `redirects`, milliseconds for latencies, requests a minute for `traffic`. */
  readonly before: number;
  readonly after: number;
  /** Dial addresses from which nearly all of the new errors came, when others had few; empty: from all alike. */
  readonly servers: readonly string[];
  /** Reasons for which the proxy refused most of the new errors, refusals or redirects; empty: the upstream answered so. */
  readonly refused: readonly RefusalReason[];
}

/** Result of {@link trafficChanges}. */
export interface Analysis {
  readonly requests: number;
  readonly changes: readonly TrafficChange[];
}

/** Fewest requests that tell anything. */
export const FEWEST_REQUESTS = 30;

/** Periods of the shortest change that is found; changes of errors and refusals may be half as long. */
export const SHORTEST_SLOTS = 6;

const MINUTE_MS = 60_000;

/** Finds when error rate, latency or traffic of a route changed, at `sinceMs` or later. Earlier periods only serve to compare. */
export function trafficChanges(periods: readonly Period[], sinceMs: number): Analysis {
  const requests = periods.reduce((sum, { figures }) => sum + (figures?.requests ?? 0), 0);
  const [first, second] = periods;
  if (first === undefined || second === undefined || requests < FEWEST_REQUESTS) return { requests, changes: [] };
  const periodMs = second.startMs - first.startMs;
  const from = Math.max(1, Math.ceil((sinceMs - first.startMs) / periodMs));
  const scene = { periods, periodMs, from };
  const found = symptoms.flatMap((symptom) => changesOf(symptom, scene));
  return { requests, changes: found.sort((a, b) => a.fromMs - b.fromMs || b.confidence - a.confidence) };
}

interface Scene {
  readonly periods: readonly Period[];
  readonly periodMs: number;
  readonly from: number;
}

function changesOf(symptom: Symptom, scene: Scene): TrafficChange[] {
  const { periods, periodMs, from } = scene;
  const series = seriesOf(symptom, periods);
  const steps = stepsIn(series, from, sensitivityOf(symptom));
  return steps.flatMap((step) => {
    const sides = [
      figuresIn(periods, step.at - step.widths[0], step.at),
      figuresIn(periods, step.at, step.at + step.widths[1]),
    ] as const;
    const levels = levelsOf(symptom, step, sides, periodMs);
    if (levels === null) return [];
    const isWorse = symptom === 'traffic' ? levels.after < levels.before : levels.after > levels.before;
    const startMs = periods[0]?.startMs ?? 0;
    const [first, last] = timesOf(step, series);
    return [
      {
        ...{ symptom, isWorse, ...levels, confidence: step.confidence },
        fromMs: Math.floor(startMs + first * periodMs),
        toMs: Math.ceil(startMs + last * periodMs),
        servers: symptom === 'errors' && isWorse ? failingServers(sides[1]) : [],
        refused: isWorse && byStatus.includes(symptom) ? newRefusals(sides, levels) : [],
      },
    ];
  });
}

/**
 * Returns the earliest and the latest time of a step, in bins since the first one. It may be within the bin before the first one
 * that differs, or within that one: the more a bin has of the new level, the earlier.
 */
function timesOf({ at, interval, before, after }: Step, series: readonly Bin[]): readonly [number, number] {
  const [first, last] = interval;
  const newPart = (bin: number, deviations: number) => {
    const { trials, hits } = series[bin] ?? { trials: 0, hits: 0 };
    const count = trials ?? 1;
    if (count === 0) return deviations > 0 ? 1 : 0;
    const level = hits / count;
    const variance = trials === null ? hits + 1 : (level * (1 - level) + 1 / count) / count;
    const part = (level - before + deviations * Math.sign(after - before) * Math.sqrt(variance)) / (after - before);
    return Math.min(1, Math.max(0, part));
  };
  return [first < at ? first - 1 : at - newPart(at - 1, SURE), last > at ? last + 1 : at + 1 - newPart(at, -SURE)];
}

/** Standard deviations in which a level is with a probability of 95%. */
const SURE = 2;

function seriesOf(symptom: Symptom, periods: readonly Period[]): Bin[] {
  const counted = (hits: (figures: RouteFigures) => number): Bin[] =>
    periods.map(({ figures }) => ({ trials: figures?.requests ?? 0, hits: figures === null ? 0 : hits(figures) }));
  switch (symptom) {
    case 'errors':
      return counted(errorsOf);
    case 'denied':
      return counted((figures) => statusesLike(/^4/, figures));
    case 'redirects':
      // 304 is an answer from the browser's cache.
      return counted((figures) => statusesLike(/^30[12378]$/, figures));
    case 'latency':
      return slow(0.5);
    case 'tail-latency':
      return slow(0.9);
    case 'traffic':
      return periods.map(({ figures }) => ({ trials: null, hits: figures?.requests ?? 0 }));
  }
  function slow(share: number): Bin[] {
    const whole = mergedHistograms(periods.flatMap(({ figures }) => figures?.latency ?? []));
    const limit = quantile(whole, share) ?? 0;
    return periods.map(({ figures }) => ({
      trials: figures?.latency.count ?? 0,
      hits: figures === null ? 0 : countOver(figures.latency, limit),
    }));
  }
}

function statusesLike(pattern: RegExp, { statuses }: RouteFigures): number {
  return Object.entries(statuses).reduce((sum, [status, count]) => (pattern.test(status) ? sum + count : sum), 0);
}

/** Least score: about one false alarm in a million moments, as a change may be at any of many moments. */
const LEAST_SCORE = 28;

function sensitivityOf(symptom: Symptom): Sensitivity {
  const scored = { shortest: SHORTEST_SLOTS, shortestSteady: SHORTEST_SLOTS, score: LEAST_SCORE };
  switch (symptom) {
    case 'errors':
    case 'denied':
    case 'redirects':
      return {
        ...scored,
        // A change that was undone after half a minute, by a probation or by hand.
        shortestSteady: SHORTEST_SLOTS / 2,
        isLarge: ({ before, after }) => Math.abs(after - before) >= 0.01 && isTimes(before, after, 2),
      };
    case 'latency':
    case 'tail-latency':
      // The quantiles themselves are compared later.
      return { ...scored, isLarge: ({ before, after }) => Math.abs(after - before) >= 0.1 };
    case 'traffic':
      return { ...scored, isLarge: ({ before, after }) => isTimes(before, after, 2.5) };
  }
}

function isTimes(one: number, other: number, times: number): boolean {
  return Math.max(one, other) >= times * Math.min(one, other);
}

type Sides = readonly [before: RouteFigures[], after: RouteFigures[]];

/** Returns the levels in the symptom's unit; null: the difference is too small to matter. */
function levelsOf(
  symptom: Symptom,
  { before, after }: Step,
  sides: Sides,
  periodMs: number,
): Pick<TrafficChange, 'before' | 'after'> | null {
  switch (symptom) {
    case 'errors':
    case 'denied':
    case 'redirects':
      return { before, after };
    case 'traffic':
      return { before: (before * MINUTE_MS) / periodMs, after: (after * MINUTE_MS) / periodMs };
    case 'latency':
      return slower(0.5);
    case 'tail-latency':
      return slower(0.95);
  }
  function slower(share: number) {
    const [was, is] = sides.map((side) => quantile(latencyOf(side), share)) as [number | null, number | null];
    if (was === null || is === null) return null;
    const isLarge = Math.abs(is - was) >= LEAST_MS && isTimes(is, was, 1.3);
    return isLarge ? { before: was, after: is } : null;
  }
}

/** Nobody feels less. */
const LEAST_MS = 5;

function latencyOf(side: readonly RouteFigures[]): Histogram {
  return mergedHistograms(side.map(({ latency }) => latency));
}

function figuresIn(periods: readonly Period[], from: number, to: number): RouteFigures[] {
  return periods.slice(Math.max(0, from), to).flatMap(({ figures }) => figures ?? []);
}

const byStatus: readonly Symptom[] = ['errors', 'denied', 'redirects'];

/** Part of what is new that a reason must account for. */
const MOST_OF = 0.5;

function newRefusals(sides: Sides, { before, after }: Pick<TrafficChange, 'before' | 'after'>): RefusalReason[] {
  const rate = (side: readonly RouteFigures[], reason: RefusalReason) => {
    const requests = side.reduce((sum, figures) => sum + figures.requests, 0);
    return side.reduce((sum, { refused }) => sum + (refused[reason] ?? 0), 0) / Math.max(1, requests);
  };
  return refusalReasons.filter(
    (reason) => rate(sides[1], reason) - rate(sides[0], reason) >= MOST_OF * (after - before),
  );
}

/** Part of a server's requests that must fail until it counts as failing while others do not. */
const FAILING = 0.2;

function failingServers(side: readonly RouteFigures[]): string[] {
  const counts = new Map<string, { requests: number; errors: number }>();
  for (const { upstreams } of side) {
    for (const [dial, { requests, errors }] of Object.entries(upstreams)) {
      const known = counts.get(dial) ?? { requests: 0, errors: 0 };
      counts.set(dial, { requests: known.requests + requests, errors: known.errors + errors });
    }
  }
  const isFailing = ({ requests, errors }: { readonly requests: number; readonly errors: number }) =>
    errors >= FAILING * requests;
  const failing = [...counts].filter(([, one]) => isFailing(one)).map(([dial]) => dial);
  return failing.length === counts.size ? [] : failing.toSorted();
}
