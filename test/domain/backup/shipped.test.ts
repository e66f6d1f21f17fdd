import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wholeBackups } from '../../../src/domain/backup/base.js';
import { chainOf } from '../../../src/domain/backup/chain.js';
import type { BackupProof, BackupRecord } from '../../../src/domain/backup/manifest.js';
import { isShipped, lastJoined, shippedName, superseded } from '../../../src/domain/backup/shipped.js';

const createdAt = '2027-01-01T03:00:00.000Z';
const environment = { name: 'main', id: 'main', logId: 'log-1' };

function backup(name: string, from: number, to: number): BackupRecord {
  const sha256 = 'a'.repeat(64);
  return {
    ...{ format: 'hecate-backup-record', version: 1, name, kind: from === 1 ? 'full' : 'incremental', createdAt },
    ...{ environment, hecate: '1.0.0', range: { from, to, head: null }, parent: null, components: 'all' },
    ...{ file: `${name}.tar.gz.age`, bytes: 1, sha256, recipients: [] },
  };
}
const shipped = (from: number, to: number) =>
  backup(shippedName({ environment: 'main', createdAt, from, to }), from, to);
const names = (records: readonly BackupRecord[]) => records.map(({ name }) => name);

describe('shipped increments', () => {
  const full = backup('full', 1, 10);
  const [a, b, c] = [shipped(11, 12), shipped(13, 15), shipped(16, 16)];
  const joined = backup('joined', 11, 15);

  it('are told by their names', () => {
    expect([isShipped(a), isShipped(joined)]).toEqual([true, false]);
    expect(a.name).toBe('main-incremental-20270101T030000Z-11-12-shipped');
  });

  it('are joined by an increment that begins after the last other backup', () => {
    expect(lastJoined([full, a, b], 'log-1')).toBe(full);
    expect(lastJoined([full, a, b, joined, c], 'log-1')).toBe(joined);
    expect(lastJoined([a, b], 'log-1')).toBeUndefined();
  });

  it('go when a whole backup has their messages, the newest first, and not before', () => {
    const proofs: BackupProof[] = [];
    expect(superseded({ records: [full, a, b], proofs, latest: b.name }, 'log-1')).toEqual([]);
    expect(superseded({ records: [full, a, b, joined, c], proofs, latest: c.name }, 'log-1')).toEqual([b, a]);
    // The joined one is not whole without the full one.
    expect(superseded({ records: [a, b, joined, c], proofs, latest: c.name }, 'log-1')).toEqual([]);
  });

  it('stay when one is the latest, or the last that a drill proved', () => {
    const proof = (of: BackupRecord, at: string, passed = true): BackupProof => ({
      ...{ format: 'hecate-backup-proof', version: 1, name: of.name, sha256: of.sha256, at, passed },
      ...{ hosts: 1, differed: 0, durationMs: 1, problem: null },
    });
    const records = [full, a, b, joined];
    expect(names(superseded({ records, proofs: [], latest: b.name }, 'log-1'))).toEqual([a.name]);
    const proofs = [proof(a, '2027-01-02'), proof(b, '2027-01-01'), proof(b, '2027-01-03', false)];
    expect(names(superseded({ records, proofs, latest: null }, 'log-1'))).toEqual([b.name]);
  });

  it('leave a whole chain to every backup that stays', () => {
    const step = fc.record({ length: fc.integer({ min: 1, max: 4 }), isShipped: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const records: BackupRecord[] = [backup('full', 1, 1)];
        let [end, joinedTo] = [1, 1];
        for (const [index, { length, isShipped: ships }] of steps.entries()) {
          if (ships) records.push(shipped(end + 1, end + length));
          else records.push(backup(`joined-${index}`, joinedTo + 1, end + length));
          end += length;
          if (!ships) joinedTo = end;
        }
        const [latest] = wholeBackups(records, 'log-1');
        const gone = new Set(superseded({ records, proofs: [], latest: latest?.name ?? null }, 'log-1'));
        const left = records.filter((one) => !gone.has(one));
        for (const one of left) expect(chainOf(one, left).gaps).toEqual([]);
      }),
    );
  });
});

describe('whole backups', () => {
  it('are those whose chain has no gap', () => {
    const ranges = fc.array(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 6 })), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(ranges, (list) => {
        const records = list.map(([from, length], index) => backup(`b${index}`, from, from + length));
        const whole = records.filter((one) => chainOf(one, records).gaps.length === 0);
        expect(names(wholeBackups(records, 'log-1')).sort()).toEqual(names(whole).sort());
      }),
    );
  });
});
