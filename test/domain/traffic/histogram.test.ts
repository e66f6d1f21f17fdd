import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countOver,
  histogramOf,
  mean,
  mergedHistograms,
  noTimes,
  quantile,
} from '../../../src/domain/traffic/histogram.js';

/** Half the width of a bucket of scale 6: (2^(1/64) - 1) / (2^(1/64) + 1). */
const WORST = 0.005_43;
const times = fc.array(fc.double({ min: 0.001, max: 600_000, noNaN: true }), { minLength: 1, maxLength: 300 });
const shares = fc.constantFrom(0, 0.5, 0.9, 0.95, 0.99, 1);

describe('exponential histogram', () => {
  it('has quantiles that are off by at most half a bucket', () => {
    fc.assert(
      fc.property(times, shares, (values, share) => {
        const exact = [...values].sort((a, b) => a - b)[Math.max(0, Math.ceil(share * values.length) - 1)] ?? 0;
        const found = quantile(histogramOf(values), share) ?? NaN;
        expect(Math.abs(found - exact) / exact).toBeLessThanOrEqual(WORST);
      }),
    );
  });

  it('merges to the histogram of all values, in any order', () => {
    fc.assert(
      fc.property(fc.array(times, { maxLength: 5 }), (parts) => {
        const whole = histogramOf(parts.flat());
        expect(mergedHistograms(parts.map(histogramOf))).toEqual(whole);
        expect(mergedHistograms(parts.map(histogramOf).reverse())).toEqual(whole);
      }),
    );
  });

  it('counts the values over a limit, but for those in the bucket of the limit', () => {
    fc.assert(
      fc.property(times, fc.double({ min: 0.01, max: 600_000, noNaN: true }), (values, limit) => {
        const over = countOver(histogramOf(values), limit);
        expect(over).toBeLessThanOrEqual(values.filter((ms) => ms > limit).length);
        expect(over).toBeGreaterThanOrEqual(values.filter((ms) => ms > limit * (1 + 2 * WORST + 1e-4)).length);
      }),
    );
  });

  it('has OpenTelemetry’s buckets: 2^(i/64) is the inclusive upper end of bucket i - 1', () => {
    expect(histogramOf([1, 1.0001, 2, 1024]).buckets).toEqual([
      [-1, 1],
      [0, 1],
      [63, 1],
      [639, 1],
    ]);
  });

  it('counts times that no clock can tell from nothing as zero', () => {
    const histogram = histogramOf([-1, 0, 0.000_1, 5]);
    expect(histogram).toMatchObject({ count: 4, zeros: 3, sum: 5 });
    expect(quantile(histogram, 0.5)).toBe(0);
    expect(mean(histogram)).toBe(1.25);
    expect(countOver(histogram, 0)).toBe(1);
  });

  it('of no values has no quantile and no mean', () => {
    expect(histogramOf([])).toEqual(noTimes);
    expect(quantile(noTimes, 0.5)).toBeNull();
    expect(mean(noTimes)).toBeNull();
  });
});
