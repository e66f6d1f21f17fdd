import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binomialTail, fisherTail } from '../../../src/domain/canary/significance.js';

describe('Fisher’s exact test', () => {
  // Small enough to be counted by hand: of all ways to spread the hits, those in which the first sample has as many.
  it.each([
    [{ trials: 4, hits: 3 }, { trials: 4, hits: 1 }, 17 / 70],
    [{ trials: 100, hits: 5 }, { trials: 900, hits: 0 }, 75_287_520 / 8_250_291_250_200],
    [{ trials: 10, hits: 0 }, { trials: 10, hits: 5 }, 1],
  ])('of %j against %j is %d', (first, second, expected) => {
    expect(fisherTail(first, second) / expected).toBeCloseTo(1, 5);
  });

  it('agrees with adding up every table, and is monotone in the hits', () => {
    const sample = fc.integer({ min: 1, max: 14 }).chain((trials) => fc.record({ trials: fc.constant(trials), hits: fc.integer({ min: 0, max: trials }) })); // prettier-ignore
    fc.assert(
      fc.property(sample, sample, (first, second) => {
        expect(fisherTail(first, second)).toBeCloseTo(enumerated(first, second), 10);
        if (first.hits < first.trials && second.hits > 0) {
          const worse = { ...first, hits: first.hits + 1 };
          const better = { ...second, hits: second.hits - 1 };
          expect(fisherTail(worse, better)).toBeLessThanOrEqual(fisherTail(first, second) + 1e-12);
        }
      }),
    );
  });

  it('is exact for millions', () => {
    const same = { trials: 5_000_000, hits: 100_000 };
    expect(fisherTail(same, same)).toBeGreaterThan(0.5);
    expect(fisherTail(same, same)).toBeLessThan(0.502);
  });
});

describe('the binomial tail', () => {
  it.each([
    [{ trials: 10, hits: 0 }, 0.5, 1],
    [{ trials: 3, hits: 3 }, 0.5, 0.125],
    [{ trials: 100, hits: 5 }, 0.01, 0.003_432_3],
    [{ trials: 10, hits: 1 }, 0, 0],
  ])('of %j at %d is %d', (sample, rate, expected) => {
    expect(binomialTail(sample, rate)).toBeCloseTo(expected, 6);
  });
});

function enumerated(first: { trials: number; hits: number }, second: { trials: number; hits: number }): number {
  const hits = first.hits + second.hits;
  const ways = (x: number) => choose(first.trials, x) * choose(second.trials, hits - x);
  let sum = 0;
  for (let x = first.hits; x <= Math.min(hits, first.trials); x++) sum += ways(x);
  return sum / choose(first.trials + second.trials, hits);
}

function choose(n: number, k: number): number {
  if (k < 0 || k > n) return 0;
  let result = 1;
  for (let i = 1; i <= k; i++) result = (result * (n - k + i)) / i;
  return result;
}
