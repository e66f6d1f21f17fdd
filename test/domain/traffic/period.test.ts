import fc from 'fast-check';
import { expect, it } from 'vitest';
import { figureLevels, levelTimes } from '../../../src/domain/traffic/figures.js';
import { coarsestParts, wholeSlots } from '../../../src/domain/traffic/period.js';

const moment = fc.integer({ min: 0, max: 400 * 86_400_000 });

it('widens a time to whole slots', () => {
  expect(wholeSlots('10s', 12_345, 20_001)).toEqual({ level: '10s', fromMs: 10_000, toMs: 30_000 });
  expect(wholeSlots('10s', 10_000, 20_000)).toEqual({ level: '10s', fromMs: 10_000, toMs: 20_000 });
});

it('reads hours in the middle, and minutes and ten seconds at the ends', () => {
  const at = (text: string) => Date.parse(`2026-01-01T${text}.000Z`);
  const parts = coarsestParts(wholeSlots('10s', at('00:58:40'), at('03:02:10')));
  expect(parts.map(({ level, fromMs, toMs }) => [level, (toMs - fromMs) / levelTimes[level].slotMs])).toEqual([
    ['10s', 2],
    ['1m', 1],
    ['1h', 2],
    ['1m', 2],
    ['10s', 1],
  ]);
});

it('covers each moment of a period exactly once, in whole slots of each level', () => {
  fc.assert(
    fc.property(fc.constantFrom(...figureLevels), moment, moment, (level, a, b) => {
      const period = wholeSlots(level, Math.min(a, b), Math.max(a, b));
      const parts = coarsestParts(period);
      let at = period.fromMs;
      for (const part of parts) {
        expect(part.fromMs).toBe(at);
        expect(part.toMs).toBeGreaterThan(at);
        expect(part.fromMs % levelTimes[part.level].slotMs).toBe(0);
        expect(part.toMs % levelTimes[part.level].slotMs).toBe(0);
        at = part.toMs;
      }
      expect(at).toBe(period.toMs);
    }),
  );
});
