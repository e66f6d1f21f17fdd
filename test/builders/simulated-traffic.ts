import type { RefusalReason } from '../../src/domain/traffic/access-entry.js';
import { noFigures, type RouteFigures } from '../../src/domain/traffic/figures.js';
import { histogramOf } from '../../src/domain/traffic/histogram.js';
import type { Period } from '../../src/domain/why/symptoms.js';

/** Random numbers from 0 to 1 that a seed repeats (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How a route behaves at one moment. */
export interface Behaviour {
  readonly perSecond: number;
  /** Shares of requests, 0 to 1. */
  readonly errors: number;
  readonly denied: number;
  /** Absent: none. */
  readonly redirected?: number;
  /** Why the proxy refused all that were not answered with 200; absent: it did not. */
  readonly refusedBy?: RefusalReason;
  readonly medianMs: number;
  /** Standard deviation of the logarithm of the latency. */
  readonly spread: number;
  /** Share of requests that take ten times as long. */
  readonly slow: number;
}

/** A route that gets on well. */
export const usual: Behaviour = { perSecond: 5, errors: 0.002, denied: 0.02, medianMs: 40, spread: 0.5, slow: 0.01 };

/** Returns the figures of periods in which requests come at random, as `behaviour` says for each second. */
export function simulated(
  {
    startMs,
    seconds,
    periodMs = 10_000,
    seed,
  }: { readonly startMs: number; readonly seconds: number; readonly periodMs?: number; readonly seed: number },
  behaviour: (second: number, random: () => number) => Behaviour,
): Period[] {
  const random = randomOf(seed);
  const periods: Period[] = [];
  for (let at = 0; at < seconds * 1_000; at += periodMs) {
    const times: number[] = [];
    const statuses = { 200: 0, 302: 0, 403: 0, 502: 0 };
    const refused: Partial<Record<RefusalReason, number>> = {};
    for (let ms = at; ms < at + periodMs; ms += 1_000) {
      const { perSecond, errors, denied, redirected = 0, refusedBy, medianMs, spread, slow } = behaviour(ms / 1_000, random); // prettier-ignore
      for (let left = poisson(perSecond, random); left > 0; left--) {
        const drawn = random();
        const well = drawn < errors + denied + redirected ? 302 : 200;
        statuses[drawn < errors ? 502 : drawn < errors + denied ? 403 : well]++;
        if (refusedBy !== undefined && drawn < errors + denied + redirected)
          refused[refusedBy] = (refused[refusedBy] ?? 0) + 1;
        times.push(medianMs * Math.exp(spread * normal(random)) * (random() < slow ? 10 : 1));
      }
    }
    periods.push({ startMs: startMs + at, figures: times.length === 0 ? null : figuresOf(times, statuses, refused) });
  }
  return periods;
}

function figuresOf(
  times: readonly number[],
  statuses: RouteFigures['statuses'],
  refused: RouteFigures['refused'],
): RouteFigures {
  return { ...noFigures, requests: times.length, statuses, refused, latency: histogramOf(times) };
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function poisson(mean: number, random: () => number): number {
  if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)));
  const limit = Math.exp(-mean);
  let [count, product] = [0, random()];
  while (product > limit) {
    count++;
    product *= random();
  }
  return count;
}
