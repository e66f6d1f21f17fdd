import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SKETCH_KEYS, countingSketch, mergedSketches } from '../../../src/domain/traffic/sketch.js';

function sketchOf(keys: readonly string[]) {
  const counting = countingSketch();
  for (const key of keys) counting.add(key);
  return counting.sketch();
}

/** Streams in which few keys are frequent. */
const streams = fc.array(
  fc.array(
    fc.nat({ max: 400 }).map((n) => `/${Math.floor(n ** 2 / 400)}`),
    { maxLength: 400 },
  ),
  { minLength: 1, maxLength: 6 },
);

describe('sketch of the most frequent keys', () => {
  it('is exact while there are few keys', () => {
    expect(sketchOf(['/a', '/b', '/a', '/c'])).toEqual({
      top: [
        ['/a', 2],
        ['/b', 1],
        ['/c', 1],
      ],
      missed: 0,
    });
  });

  it('lacks at most `missed` of any count, is bounded, and its limit shrinks with its size', () => {
    fc.assert(
      fc.property(streams, (parts) => {
        const { top, missed } = mergedSketches(parts.map(sketchOf));
        const all = parts.flat();
        const listed = new Map(top);
        expect(top.length).toBeLessThanOrEqual(SKETCH_KEYS);
        expect(missed).toBeLessThanOrEqual(all.length / (SKETCH_KEYS + 1));
        for (const key of new Set(all)) {
          const lacks = all.filter((one) => one === key).length - (listed.get(key) ?? 0);
          expect(lacks).toBeGreaterThanOrEqual(0);
          expect(lacks).toBeLessThanOrEqual(missed);
        }
      }),
    );
  });

  it('shortens long keys', () => {
    expect(sketchOf([`/${'a'.repeat(5000)}`]).top[0]?.[0]).toHaveLength(200);
  });
});
