import { describe, expect, it } from 'vitest';
import { backupListing } from '../../../src/domain/backup/listing.js';
import { proofOf, recordOf } from '../../builders/backup-records.js';

const full = recordOf('full', 1, 10, { bytes: 100 });
const second = recordOf('incremental', 11, 20, { bytes: 10, parent: { name: full.name, to: 10 } });
const third = recordOf('incremental', 21, 30, { bytes: 1, parent: { name: second.name, to: 20 } });
const at = (records = [full, second, third], proofs = [proofOf(full)], latest: string | null = third.name) =>
  backupListing({ place: '/backup', records, proofs, latest, problems: [] });

describe('the list of backups', () => {
  it('has the chain and the drill of each', () => {
    const { backups, bytes, lastProven, gaps, problems } = at();
    expect(bytes).toBe(111);
    expect(backups.map(({ chain }) => [chain.isWhole, chain.length, chain.bytes])).toEqual([
      [true, 1, 100],
      [true, 2, 110],
      [true, 3, 111],
    ]);
    expect(backups.map(({ isLatest }) => isLatest)).toEqual([false, false, true]);
    expect(backups[0]?.drill).toEqual({ at: full.createdAt, passed: true, problem: null });
    expect(lastProven).toEqual({ name: full.name, at: full.createdAt });
    expect([gaps, problems]).toEqual([[], []]);
  });

  it('names what is missing', () => {
    const { backups, gaps } = at([full, third]);
    expect(backups[1]?.chain).toMatchObject({ isWhole: false, missing: [second.name] });
    expect(gaps).toEqual([{ from: 11, to: 20 }]);
    expect(at([full, second]).problems).toEqual([`latest names ${third.name}, which cannot be used`]);
  });

  it('counts a drill for the file that it restored, and only with a whole chain', () => {
    expect(at(undefined, [proofOf(full, { sha256: 'f'.repeat(64) })]).lastProven).toBeNull();
    expect(at(undefined, [proofOf(full, { passed: false, problem: 'no' })])).toMatchObject({
      lastProven: null,
      backups: [{ drill: { passed: false, problem: 'no' } }, {}, {}],
    });
    expect(at([full, third], [proofOf(full), proofOf(third)]).lastProven?.name).toBe(full.name);
  });
});
