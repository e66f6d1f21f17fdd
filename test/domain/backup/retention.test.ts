import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chainOf } from '../../../src/domain/backup/chain.js';
import type { BackupRecord } from '../../../src/domain/backup/manifest.js';
import { isProven, retained, type RetentionRules } from '../../../src/domain/backup/retention.js';
import { proofOf, recordOf } from '../../builders/backup-records.js';

const now = '2026-03-31T12:00:00.000Z';
const daysAgo = (days: number, hours = 0) =>
  new Date(Date.parse(now) - days * 86_400_000 - hours * 3_600_000).toISOString();
const full = (days: number, hours = 0) =>
  recordOf('full', 1, 10_000 - days * 24 - hours, { createdAt: daysAgo(days, hours) });
const keptNames = (
  records: readonly BackupRecord[],
  rules: RetentionRules,
  more: Partial<Parameters<typeof retained>[1]> = {},
  proofs = records.slice(0, 0).map((one) => proofOf(one)),
) =>
  retained({ records, proofs }, { rules, now, latest: null, ...more })
    .filter(({ why }) => why.length > 0)
    .map(({ record }) => record.name);
const names = (...records: BackupRecord[]) => records.map(({ name }) => name);

describe('retention', () => {
  const daily = Array.from({ length: 100 }, (_, index) => full(99 - index));

  it('keeps the last ones', () => {
    expect(keptNames(daily, { keepLast: 3 })).toEqual(names(...daily.slice(-3)));
    expect(keptNames(daily, { keepLast: 1_000 })).toHaveLength(100);
  });

  it('keeps the newest of each day, and of days that have one only', () => {
    const twice = [full(5, 2), full(5), full(3, 1), full(3), full(0, 3), full(0)];
    expect(keptNames(twice, { keepDaily: 2 })).toEqual(names(twice[3] ?? full(0), twice[5] ?? full(0)));
    expect(keptNames(twice, { keepDaily: 3 })).toHaveLength(3);
    expect(keptNames(twice, { keepDaily: 30 })).toHaveLength(3);
  });

  it('counts days and months in UTC', () => {
    const late = recordOf('full', 1, 1, { createdAt: '2026-03-01T23:59:59.999Z' });
    const early = recordOf('full', 1, 2, { createdAt: '2026-03-02T00:00:00.000Z' });
    expect(keptNames([late, early], { keepDaily: 5 })).toHaveLength(2);
    expect(keptNames([late, early], { keepMonthly: 5 })).toEqual(names(early));
  });

  it('keeps the newest of each month', () => {
    const kept = retained({ records: daily, proofs: [] }, { rules: { keepMonthly: 3 }, now, latest: null });
    const why = kept.flatMap((one) => one.why);
    expect(why).toEqual(['newest of 2026-01', 'newest of 2026-02', 'newest of 2026-03']);
  });

  it('keeps those within a time, and those from the future of a wrong clock', () => {
    const future = recordOf('full', 1, 20_000, { createdAt: '2027-01-01T00:00:00.000Z' });
    const records = [full(10), full(2), full(1), future];
    expect(keptNames(records, { keepWithinMs: 2 * 86_400_000 })).toEqual(names(...records.slice(1)));
  });

  it('keeps the latest one, and the last one that was proven', () => {
    const [oldest, older, newer, newest] = [full(9), full(8), full(7), full(6)];
    const records = [oldest, older, newer, newest];
    const proofs = [proofOf(oldest), proofOf(older), proofOf(newer, { passed: false })];
    const rules = { keepWithinMs: 1 };
    expect(keptNames(records, rules, { latest: newest.name }, proofs)).toEqual(names(older, newest));
    // The proof of another file under the same name is none.
    expect(keptNames(records, rules, {}, [proofOf(older, { sha256: 'f'.repeat(64) })])).toEqual([]);
  });

  it('keeps what a kept one needs', () => {
    const base = full(9);
    const to = base.range?.to ?? 0;
    const first = recordOf('incremental', to + 1, to + 10, { createdAt: daysAgo(8) });
    const second = recordOf('incremental', to + 11, to + 20, { createdAt: daysAgo(7) });
    const other = recordOf('incremental', to + 1, to + 2, { createdAt: daysAgo(8.5) });
    expect(keptNames([base, other, first, second], { keepLast: 1 })).toEqual(names(base, first, second));
  });

  it('counts backups of components by themselves', () => {
    const some = [1, 2, 3].map((days) => recordOf('components', 0, 0, { createdAt: daysAgo(days), name: `c-${days}` }));
    const log = [full(5), full(4)];
    expect(keptNames([...log, ...some], { keepLast: 1 })).toEqual([log[1]?.name, 'c-1']);
  });

  it('keeps everything without a rule', () => {
    expect(keptNames(daily, {})).toHaveLength(100);
  });

  it('never takes a link or a proof away, whatever the rules', () => {
    const record = fc.record({
      from: fc.integer({ min: 1, max: 30 }),
      length: fc.nat(10),
      day: fc.nat(90),
      isProven: fc.boolean(),
      isSome: fc.boolean(),
    });
    const rule = fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined });
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 20 }),
        rule,
        rule,
        rule,
        rule,
        fc.nat(20),
        (made, last, day, month, within, latestAt) => {
          const records = made.map(({ from, length, day: days, isSome }, index) =>
            recordOf(isSome ? 'components' : 'incremental', from, from + length, {
              createdAt: daysAgo(days),
              name: `b-${index}`,
            }),
          );
          const proofs = records.filter((_, index) => made[index]?.isProven).map((one) => proofOf(one));
          const rules = {
            ...(last === undefined ? {} : { keepLast: last }),
            ...(day === undefined ? {} : { keepDaily: day }),
            ...(month === undefined ? {} : { keepMonthly: month }),
            ...(within === undefined ? {} : { keepWithinMs: within * 86_400_000 }),
          };
          const latest = records[latestAt]?.name ?? null;
          const kept = keptNames(records, rules, { latest }, proofs);
          if (latest !== null) expect(kept).toContain(latest);
          const proven = records
            .filter((one) => isProven(one, proofs))
            .sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
          const newestProven = proven.filter(({ createdAt }) => createdAt === proven[0]?.createdAt);
          if (proven.length > 0) expect(newestProven.some(({ name }) => kept.includes(name))).toBe(true);
          const left = records.filter(({ name }) => kept.includes(name));
          for (const one of left) expect(chainOf(one, left).gaps).toEqual(chainOf(one, records).gaps);
        },
      ),
    );
  });
});
