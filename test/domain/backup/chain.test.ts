import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chainOf, chainsOf, wholeIn } from '../../../src/domain/backup/chain.js';
import type { BackupRecord } from '../../../src/domain/backup/manifest.js';
import { recordOf } from '../../builders/backup-records.js';

const at = (hour: number) => ({ createdAt: new Date(Date.UTC(2026, 5, 1, hour)).toISOString() });
const parentOf = ({ name, range }: BackupRecord) => ({ parent: { name, to: range?.to ?? 0 } });
const shown = (last: BackupRecord, records: readonly BackupRecord[]) => {
  const { links, gaps, missing } = chainOf(last, records);
  return { links: links.map(({ range }) => `${range?.from}-${range?.to}`).join(' '), gaps, missing };
};

describe('a chain of backups', () => {
  const full = recordOf('full', 1, 10, at(1));
  const second = recordOf('incremental', 11, 20, { ...at(2), ...parentOf(full) });
  const third = recordOf('incremental', 21, 30, { ...at(3), ...parentOf(second) });

  it('begins with a full backup', () => {
    expect(shown(third, [third, full, second])).toEqual({ links: '1-10 11-20 21-30', gaps: [], missing: [] });
    expect(shown(full, [third, full, second])).toEqual({ links: '1-10', gaps: [], missing: [] });
  });

  it('names what is missing', () => {
    expect(shown(third, [full, third])).toEqual({
      links: '1-10 21-30',
      gaps: [{ from: 11, to: 20 }],
      missing: [second.name],
    });
    expect(shown(third, [third])).toMatchObject({ gaps: [{ from: 1, to: 20 }], missing: [second.name] });
    expect(shown(third, [second, third])).toMatchObject({ gaps: [{ from: 1, to: 10 }], missing: [full.name] });
  });

  it('names every gap', () => {
    const [a, b] = [recordOf('incremental', 11, 20, at(2)), recordOf('incremental', 31, 40, at(4))];
    const last = recordOf('incremental', 51, 60, at(6));
    expect(shown(last, [a, b, last]).gaps).toEqual([
      { from: 1, to: 10 },
      { from: 21, to: 30 },
      { from: 41, to: 50 },
    ]);
  });

  it('takes the fewest backups, of several full ones and of overlapping increments', () => {
    const newer = recordOf('full', 1, 20, at(2));
    expect(shown(third, [full, second, newer, third]).links).toBe('1-20 21-30');
    const wide = recordOf('incremental', 5, 20, at(2));
    expect(shown(third, [full, second, wide, third]).links).toBe('1-10 5-20 21-30');
    expect(shown(second, [full, newer, second]).links).toBe('1-10 11-20');
  });

  it('uses a newer full backup where the one before is gone', () => {
    const newer = recordOf('full', 1, 99, at(9));
    expect(shown(third, [third, newer])).toEqual({ links: '1-99 21-30', gaps: [], missing: [] });
  });

  it('has backups of its own log only', () => {
    const other = recordOf('full', 1, 20, { ...at(1), environment: { name: 'x', id: 'x', logId: 'log-2' } });
    expect(shown(third, [other, third]).gaps).toEqual([{ from: 1, to: 20 }]);
  });

  it('is one backup, of components or of no messages', () => {
    const some = recordOf('components', 0, 0);
    expect(chainOf(some, [full, some])).toEqual({ links: [some], gaps: [], missing: [] });
    const none = recordOf('full', 1, 0);
    expect(shown(none, [none]).gaps).toEqual([]);
    const nothingNew = recordOf('incremental', 11, 10, at(2));
    expect(shown(nothingNew, [full, nothingNew])).toMatchObject({ links: '1-10 11-10', gaps: [] });
  });

  it('leaves backups of a past that was given up aside', () => {
    // Restored at 80 on a new machine; the lost one had gone up to 100.
    const old = [recordOf('full', 1, 80, at(1)), recordOf('full', 1, 100, at(2))];
    const first = recordOf('incremental', 81, 90, at(3));
    const next = recordOf('incremental', 91, 100, {
      ...at(4),
      range: { from: 91, to: 100, head: { sequence: 100, hash: 'new' } },
    });
    const last = recordOf('incremental', 101, 110, at(5));
    expect(shown(last, [...old, first, next, last])).toEqual({
      links: '1-80 81-90 91-100 101-110',
      gaps: [],
      missing: [],
    });
    // Without the one that was restored, what the two pasts have in common is taken from the other.
    expect(shown(last, [...old.slice(1), first, next, last]).links).toBe('1-100 81-90 91-100 101-110');
  });

  const ranges = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 15 }), fc.nat(60)), {
    maxLength: 20,
  });
  const recordsOf = (some: readonly (readonly [number, number, number])[]) =>
    some.map(([from, length, hour], index) =>
      recordOf(from === 1 ? 'full' : 'incremental', from, from + length - 1, { ...at(hour), name: `b-${index}` }),
    );

  it('covers every message but its gaps, which no backup has', () => {
    fc.assert(
      fc.property(ranges, (some) => {
        const records = recordsOf(some);
        const chains = chainsOf(records);
        const isWhole = wholeIn(records);
        for (const one of records) expect(isWhole(one)).toBe(chains(one).gaps.length === 0);
        for (const last of records) {
          const { links, gaps } = chains(last);
          const has = (list: readonly BackupRecord[], sequence: number) =>
            list.some(({ range }) => range !== null && range.from <= sequence && sequence <= range.to);
          for (let sequence = 1; sequence <= (last.range?.to ?? 0); sequence += 1) {
            const isGap = gaps.some(({ from, to }) => from <= sequence && sequence <= to);
            expect(has(links, sequence)).toBe(!isGap);
            if (isGap)
              expect(
                has(
                  records.filter(({ range }) => (range?.from ?? 0) < (last.range?.from ?? 0)),
                  sequence,
                ),
              ).toBe(false);
          }
          // Each begins before the next one, so a restore comes to an end.
          const begins = links.map(({ range }) => range?.from ?? 0);
          expect(begins).toEqual([...new Set(begins)].sort((a, b) => a - b));
          for (const [index, link] of links.entries()) expect(chains(link).links).toEqual(links.slice(0, index + 1));
        }
      }),
    );
  });

  it('is found among ten thousand increments', () => {
    const records = Array.from({ length: 10_000 }, (_, index) =>
      recordOf(index === 0 ? 'full' : 'incremental', index + 1, index + 1, { name: `b-${index}` }),
    );
    const last = records.at(-1) ?? full;
    expect(chainOf(last, records).links).toHaveLength(10_000);
    expect(records.every(wholeIn(records))).toBe(true);
  });
});
