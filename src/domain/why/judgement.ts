import { binomialTail, fisherTail, type Sample } from '../canary/significance.js';
import type { ProbationLimits } from '../resources/probation.js';
import { errorsOf, type RouteFigures } from '../traffic/figures.js';
import { countOver, quantile } from '../traffic/histogram.js';
import { durationMs } from '../values/duration.js';

/** Figures of a route before a change and since. */
export interface BeforeAndSince {
  readonly domain: string;
  readonly before: RouteFigures;
  readonly since: RouteFigures;
}

/** The judgement on a change by the figures of its routes. `sentence` has the figures. */
export interface Judgement {
  readonly verdict: 'worse' | 'fine' | 'too-few';
  readonly sentence: string;
}

/** Fewest requests since the change that a judgement needs. */
const FEWEST = 20;
/** A figure over its limit by chance is as unlikely as this. */
const CHANCE = 0.01;
/** The same for figures that are compared with those before, at many looks. */
const CHANCE_BEFORE = 0.0001;
/** Least rise of the error rate, and least times of the latency, that is called worse. */
const LEAST_RISE = 0.01;
const LEAST_TIMES = 1.5;
const LEAST_MS = 10;

/**
 * Judges a change by the routes that it concerns. Worse: a figure is over a given limit, or without limits the error rate or the
 * latency is higher than before, by more than chance.
 */
export function judged(routes: readonly BeforeAndSince[], limits: ProbationLimits): Judgement {
  const problems = routes.flatMap((one) => problemOf(one, limits) ?? []);
  if (problems.length > 0) return { verdict: 'worse', sentence: problems.slice(0, MOST_NAMED).join('; ') };
  const told = routes.filter(({ since }) => since.requests >= FEWEST);
  const requests = routes.reduce((sum, { since }) => sum + since.requests, 0);
  if (told.length === 0) return { verdict: 'too-few', sentence: `not judged: ${requests} requests` };
  return { verdict: 'fine', sentence: told.slice(0, MOST_NAMED).map(figuresText).join('; ') };
}

const MOST_NAMED = 3;

function problemOf(one: BeforeAndSince, limits: ProbationLimits): string | null {
  if (one.since.requests < FEWEST) return null;
  return isOverLimit(one.since, limits) || (hasNone(limits) && isWorse(one)) ? figuresText(one) : null;
}

function hasNone({ maxErrorRate, maxLatencyP99 }: ProbationLimits): boolean {
  return maxErrorRate === null && maxLatencyP99 === null;
}

function isOverLimit(since: RouteFigures, { maxErrorRate, maxLatencyP99 }: ProbationLimits): boolean {
  const isOver = (sample: Sample, rate: number) =>
    sample.hits > rate * sample.trials && binomialTail(sample, rate) < CHANCE;
  const limitMs = maxLatencyP99 === null ? null : durationMs(maxLatencyP99);
  return (
    (maxErrorRate !== null && isOver(errorSample(since), maxErrorRate / 100)) ||
    (limitMs !== null && isOver({ trials: since.latency.count, hits: countOver(since.latency, limitMs) }, 0.01))
  );
}

function isWorse({ before, since }: BeforeAndSince): boolean {
  if (before.requests < FEWEST) return false;
  const [errors, errorsBefore] = [errorSample(since), errorSample(before)];
  const hasMoreErrors =
    rateOf(errors) - rateOf(errorsBefore) >= LEAST_RISE && fisherTail(errors, errorsBefore) < CHANCE_BEFORE;
  return hasMoreErrors || [0.5, 0.95].some((share) => isSlower(before, since, share));
}

function isSlower({ latency: before }: RouteFigures, { latency: since }: RouteFigures, share: number): boolean {
  const [was, is] = [quantile(before, share), quantile(since, share)];
  if (was === null || is === null || is < LEAST_TIMES * was || is - was < LEAST_MS) return false;
  const over = (latency: RouteFigures['latency']) => ({ trials: latency.count, hits: countOver(latency, was) });
  return fisherTail(over(since), over(before)) < CHANCE_BEFORE;
}

function errorSample(figures: RouteFigures): Sample {
  return { trials: figures.requests, hits: errorsOf(figures) };
}

function rateOf({ trials, hits }: Sample): number {
  return trials === 0 ? 0 : hits / trials;
}

function figuresText({ domain, before, since }: BeforeAndSince): string {
  const of = (figures: RouteFigures) => {
    const p99 = quantile(figures.latency, 0.99);
    const errors = `${Number((100 * rateOf(errorSample(figures))).toFixed(2))}% errors`;
    return `${errors}, p99 ${p99 === null ? '–' : `${Math.round(p99)} ms`}, ${figures.requests} requests`;
  };
  return `${domain}: ${of(since)} since; ${of(before)} before`;
}
