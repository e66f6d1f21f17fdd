import type { CanaryLimits } from '../resources/canary.js';
import { binomialTail, fisherTail } from './significance.js';
import type { SideTraffic } from './traffic.js';

/**
 * The verdict on a canary; `sentence` is the reason, for a person. `hold`: not enough evidence yet, or every request of a
 * side fails. `not-analysed`: nothing is judged, because no limit says how.
 */
export interface Verdict {
  readonly kind: 'good' | 'not-analysed' | 'hold' | 'breach';
  readonly sentence: string;
}

/** Counts of one side. */
export type Counts = Pick<SideTraffic, 'requests' | 'errors' | 'slow'>;

/** One window of traffic, which is tested several times while it grows. */
export interface Trial {
  readonly limits: CanaryLimits;
  readonly canary: Counts;
  /** The stable side in the same window. */
  readonly stable: Counts;
  /** The stable side since the canary began; compared with when the stable side has too little traffic in the window. */
  readonly stableBefore: Counts;
  /** The interval is over, so a good canary may go on. */
  readonly isOver: boolean;
}

/** Tests made so far. Each spends a part of the error probability, so that many tests do not raise the false alarms. */
export interface Spending {
  /** Windows of this step before the present one. */
  readonly windows: number;
  /** Tests in this window. */
  readonly looks: number;
  /** Number of the canary's requests when it was last compared. */
  readonly requests: number;
  /** One of them was made at the end of the interval. */
  readonly atEnd: boolean;
}

/** A verdict, and the tests made including this one. */
export interface SequentialVerdict {
  readonly verdict: Verdict;
  readonly spending: Spending;
}

/** No test was made yet. */
export const nothingSpent: Spending = { windows: 0, looks: 0, requests: 0, atEnd: false };

/** Probability that a canary as good as the stable side is found in breach in one step, for each measure. */
export const FALSE_ALARM = 1e-4;
/** A canary over its limit is held when the probability of that by chance is below this. */
const SUSPICIOUS = 0.05;
/** Share of requests that may exceed a limit on the 99th percentile. */
const LATE_SHARE = 0.01;

/**
 * Returns the verdict on a canary's traffic. A breach needs enough requests, a measure over its limit, and a difference from
 * the stable side that is unlikely by chance. Tests are made when the canary's requests have doubled since the last one and
 * at the end of the interval; each spends half the error probability of the one before, and later windows of a step less.
 */
export function verdictOn(trial: Trial, spending: Spending): SequentialVerdict {
  const { canary, limits, isOver } = trial;
  const lacking = limits.minRequests - canary.requests;
  if (lacking > 0) {
    const sentence = `too few requests: ${countText(canary.requests)} of ${countText(limits.minRequests)}, ${countText(lacking)} more are needed`;
    return { verdict: { kind: 'hold', sentence }, spending };
  }
  const measures = measuresOf(trial);
  if (measures.length === 0) {
    const sentence = failingSides(trial) ?? 'no limit on errors or latency is set';
    return { verdict: { kind: failingSides(trial) === null ? 'not-analysed' : 'hold', sentence }, spending };
  }
  const findings = measures.map((measure) => finding(measure, trial));
  const isDue = canary.requests >= 2 * spending.requests || (isOver && !spending.atEnd);
  if (!isDue) return { verdict: untested(findings, trial), spending };
  const level = levelOf(spending);
  const spent = { ...spending, looks: spending.looks + 1, requests: canary.requests, atEnd: spending.atEnd || isOver };
  const breach = findings.find(({ isOverLimit, chance }) => isOverLimit && chance < level);
  if (!breach) return { verdict: untested(findings, trial), spending: spent };
  const chance = `by chance ${breach.chance.toExponential(0)}, less than ${level.toExponential(1)}`;
  return { verdict: { kind: 'breach', sentence: `${breach.sentence}; ${chance}` }, spending: spent };
}

/** The verdict without a breach: holds a canary that is over a limit and probably not by chance, and while a side only fails. */
function untested(findings: readonly Finding[], trial: Trial): Verdict {
  const suspicion = findings.find(({ isOverLimit, chance }) => isOverLimit && chance < SUSPICIOUS);
  if (suspicion) return { kind: 'hold', sentence: suspicion.sentence };
  const failing = failingSides(trial);
  if (failing !== null) return { kind: 'hold', sentence: failing };
  return { kind: 'good', sentence: findings.map((one) => one.sentence).join('; ') };
}

/** Returns which side answered no request well, as a sentence; null: none. */
function failingSides({ canary, stable }: Pick<Trial, 'canary' | 'stable'>): string | null {
  const [isCanary, isStable] = [failsWholly(canary), failsWholly(stable)];
  if (isCanary && isStable) return 'every request of both sides failed, so there is nothing to compare';
  if (isCanary) return 'every request of the canary failed';
  return isStable ? 'every request of the stable side failed, so the canary cannot be compared with it' : null;
}

function failsWholly({ requests, errors }: Counts): boolean {
  return requests > 0 && errors === requests;
}

/** Error probability of the next test. The sum over all tests and windows is {@link FALSE_ALARM}. */
function levelOf({ windows, looks }: Spending): number {
  return FALSE_ALARM / ((windows + 1) * (windows + 2)) / 2 ** (looks + 1);
}

interface Measure {
  readonly limit: number;
  readonly bad: (counts: Counts) => number;
  /** A sentence about the measure, given its share and its counts, e.g. `12 of 1,000`. */
  readonly says: (share: string, of: string) => string;
}

/** The measures of the limits. A canary that answers no request well is judged by its errors, even without a limit on them. */
function measuresOf({ limits: { maxErrorRate, maxLatencyP99 }, canary }: Trial): Measure[] {
  const errors = (percent: number): Measure => ({
    limit: percent / 100,
    bad: (counts) => counts.errors,
    says: (share, of) => `${share} of the canary’s requests failed (${of}; limit ${percent}%)`,
  });
  const late = (limit: string): Measure => ({
    limit: LATE_SHARE,
    bad: (counts) => counts.slow,
    says: (share, of) => `${share} of the canary’s requests took longer than ${limit} (${of}; limit 1%)`,
  });
  return [
    ...(maxErrorRate === null ? [] : [errors(maxErrorRate)]),
    ...(maxErrorRate === null && maxLatencyP99 !== null && failsWholly(canary) ? [nothingButErrors] : []),
    ...(maxLatencyP99 === null ? [] : [late(maxLatencyP99)]),
  ];
}

const nothingButErrors: Measure = {
  limit: 0,
  bad: ({ errors }) => errors,
  says: (share, of) => `${share} of the canary’s requests failed (${of})`,
};

interface Finding {
  readonly isOverLimit: boolean;
  /** Probability that the canary is this bad by chance. */
  readonly chance: number;
  readonly sentence: string;
}

function finding(measure: Measure, { canary, stable, stableBefore, limits }: Trial): Finding {
  const { limit, bad, says } = measure;
  const sample = { trials: canary.requests, hits: bad(canary) };
  const isOverLimit = sample.hits / sample.trials > limit;
  const own = says(percentText(sample.hits / sample.trials), ofText(sample));
  const control = [stable, stableBefore].find(({ requests }) => requests >= limits.minRequests);
  if (!control) {
    return { isOverLimit, chance: binomialTail(sample, limit), sentence: `${own}, with no stable traffic to compare` };
  }
  const other = { trials: control.requests, hits: bad(control) };
  const when = control === stable ? 'at the same time' : 'since the canary began';
  const beside = `${percentText(other.hits / other.trials)} of the stable side’s ${when} (${ofText(other)})`;
  return { isOverLimit, chance: fisherTail(sample, other), sentence: `${own}, ${beside}` };
}

function ofText({ trials, hits }: { readonly trials: number; readonly hits: number }): string {
  return `${countText(hits)} of ${countText(trials)}`;
}

/** Formats a whole number: `12,345`. */
export function countText(count: number): string {
  return count.toLocaleString('en-US');
}

/** Formats a share as percent with at most two decimals: `0.25%`. */
export function percentText(share: number): string {
  return `${Math.round(share * 10_000) / 100}%`;
}
