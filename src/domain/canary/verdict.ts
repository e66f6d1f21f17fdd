import type { CanaryLimits } from '../resources/canary.js';
import { binomialTail, fisherTail } from './significance.js';
import type { SideTraffic } from './traffic.js';

/** What the figures say about a canary. `hold`: nothing may be concluded yet; `sentence` is for a person. */
export interface Verdict {
  readonly kind: 'good' | 'hold' | 'breach';
  readonly sentence: string;
}

/** What is counted of one side. */
export type Counts = Pick<SideTraffic, 'requests' | 'errors' | 'slow'>;

/** One window of traffic that is looked at again and again. */
export interface Trial {
  readonly limits: CanaryLimits;
  readonly canary: Counts;
  /** In the same window. */
  readonly stable: Counts;
  /** Since the canary began: what to compare with where the stable side has almost no traffic any more. */
  readonly stableBefore: Counts;
  /** The time is up after which a good canary may go on. */
  readonly isOver: boolean;
}

/** How much of the error probability was used up, so that looking often makes no false alarm. */
export interface Spending {
  /** Windows of this step before the present one. */
  readonly windows: number;
  /** Tests in this window. */
  readonly looks: number;
  /** The canary's requests at the last of them. */
  readonly requests: number;
  /** One of them was at the end. */
  readonly atEnd: boolean;
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly spending: Spending;
}

export const nothingSpent: Spending = { windows: 0, looks: 0, requests: 0, atEnd: false };

/** How likely a canary that is as good as the stable side is ever found in breach, for each measure in one step. */
export const FALSE_ALARM = 1e-4;
/** Below this likelihood of chance a canary over its limit does not go on. */
const SUSPICIOUS = 0.05;
/** Share of requests that may be later than a limit on the 99th percentile. */
const LATE_SHARE = 0.01;

/**
 * Judges a canary by its traffic. Breach: it has enough requests, is over a limit, and is worse than the stable side in the
 * same window beyond chance. A test is made when the canary's requests have doubled since the last one, and at the end of
 * the interval; each spends half of what the one before did, and later windows of a long step less.
 */
export function judge(trial: Trial, spending: Spending): Judgement {
  const { canary, limits, isOver } = trial;
  const lacking = limits.minRequests - canary.requests;
  if (lacking > 0) {
    const sentence = `too few requests to judge: ${countText(canary.requests)} of ${countText(limits.minRequests)}, ${countText(lacking)} more are needed`;
    return { verdict: { kind: 'hold', sentence }, spending };
  }
  const findings = measuresOf(limits).map((measure) => finding(measure, trial));
  const isDue = canary.requests >= 2 * spending.requests || (isOver && !spending.atEnd);
  if (!isDue) return { verdict: untested(findings, canary), spending };
  const level = levelOf(spending);
  const spent = { ...spending, looks: spending.looks + 1, requests: canary.requests, atEnd: spending.atEnd || isOver };
  const breach = findings.find(({ isOverLimit, chance }) => isOverLimit && chance < level);
  if (!breach) return { verdict: untested(findings, canary), spending: spent };
  const chance = `by chance ${breach.chance.toExponential(0)}, less than ${level.toExponential(1)}`;
  return { verdict: { kind: 'breach', sentence: `${breach.sentence}; ${chance}` }, spending: spent };
}

/** A canary that is over a limit, and hardly by chance, does not go on, although that is no proof yet. */
function untested(findings: readonly Finding[], { requests }: Counts): Verdict {
  const suspicion = findings.find(({ isOverLimit, chance }) => isOverLimit && chance < SUSPICIOUS);
  if (suspicion) return { kind: 'hold', sentence: suspicion.sentence };
  const sentence = findings.map((one) => one.sentence).join('; ');
  return { kind: 'good', sentence: sentence || `${countText(requests)} requests, which is enough` };
}

/** The sum over all looks and windows is {@link FALSE_ALARM}. */
function levelOf({ windows, looks }: Spending): number {
  return FALSE_ALARM / ((windows + 1) * (windows + 2)) / 2 ** (looks + 1);
}

interface Measure {
  readonly limit: number;
  readonly bad: (counts: Counts) => number;
  /** `12 of 1,000`, as a share, and what they are. */
  readonly says: (share: string, of: string) => string;
}

function measuresOf({ maxErrorRate, maxLatencyP99 }: CanaryLimits): Measure[] {
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
    ...(maxLatencyP99 === null ? [] : [late(maxLatencyP99)]),
  ];
}

interface Finding {
  readonly isOverLimit: boolean;
  /** How likely the canary does this badly by chance. */
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

/** A whole number as people read it: `12,345`. */
export function countText(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A share in percent with at most two decimals: `0.25%`. */
export function percentText(share: number): string {
  return `${Math.round(share * 10_000) / 100}%`;
}
