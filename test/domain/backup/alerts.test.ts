import { describe, expect, it } from 'vitest';
import { lagAlert, noRuns, runAlert, withEntry, type RunFacts } from '../../../src/domain/backup/alerts.js';
import type { LogEntry, Outcome } from '../../../src/domain/log/commit.js';
import type { Schedule } from '../../../src/domain/resources/schedule.js';
import { backingUp, schedule } from '../../builders/schedule.js';

const CREATED = '2027-01-01T00:00:00.000Z';
const held = (value: Schedule) => ({ name: value.name, value, updatedAt: CREATED });
const daily = held(schedule('backup', { every: '1d', action: backingUp() }));
const shipping = held(schedule('backup', { every: '1d', action: backingUp({ continuous: true }) }));
const drill = held(schedule('drill', { every: '30d', action: { kind: 'drill', from: '/backup' } }));

const ended = (at: string, more: Partial<Outcome> = {}, reason = 'schedule backup', operation = 'backup.full') =>
  ({
    message: {
      ...{ type: 'ended', id: at, at, result: 'completed', detail: null, behind: [] },
      attempt: { operation, subject: '/backup', actor: 'hecate', reason, workflowId: 'w' },
      ...more,
    },
  }) as unknown as LogEntry;
const committed = (at: string) => ({ message: { type: 'committed', at } }) as unknown as LogEntry;
const facts = (one: ReturnType<typeof held>, ...entries: readonly LogEntry[]): RunFacts =>
  entries.reduce((known, entry) => withEntry(known, entry, one), noRuns);

describe('a schedule of backups', () => {
  it('is fine until one and a half intervals after its last run', () => {
    const known = facts(daily, ended('2027-01-02T00:00:00.000Z'), committed('2027-01-02T01:00:00.000Z'));
    expect(runAlert(daily, known, '2027-01-03T12:00:30.000Z')).toBeNull();
    expect(runAlert(daily, known, '2027-01-03T12:02:00.000Z')).toBe(
      'the backup of schedule backup is overdue: it runs every 1d, and the last one completed at 2027-01-02T00:00:00.000Z. See: hecate list schedules',
    );
  });

  it('is overdue also when it never ran, counted from its creation or last change', () => {
    expect(runAlert(daily, noRuns, '2027-01-02T00:00:00.000Z')).toBeNull();
    expect(runAlert(daily, noRuns, '2027-01-03T00:00:00.000Z')).toContain(`none has completed since ${CREATED}`);
  });

  it('is warned about when its last run failed, until one completes', () => {
    const failed = facts(daily, ended('2027-01-02T00:00:00.000Z', { result: 'failed', detail: '/backup: disk full' }));
    expect(runAlert(daily, failed, '2027-01-02T00:01:00.000Z')).toBe(
      'the last backup of schedule backup failed, at 2027-01-02T00:00:00.000Z: /backup: disk full. See: hecate list schedules',
    );
    const after = withEntry(failed, ended('2027-01-03T00:00:00.000Z'), daily);
    expect(runAlert(daily, after, '2027-01-03T00:01:00.000Z')).toBeNull();
  });

  it('of increments is due only when there was a commit since', () => {
    const quiet = facts(shipping, ended('2027-01-02T00:00:00.000Z', {}, 'schedule backup', 'backup.incremental'));
    expect(runAlert(shipping, quiet, '2028-01-01T00:00:00.000Z')).toBeNull();
    const changed = withEntry(quiet, committed('2027-06-01T00:00:00.000Z'), shipping);
    expect(runAlert(shipping, changed, '2027-06-02T00:00:00.000Z')).toBeNull();
    expect(runAlert(shipping, changed, '2027-06-03T00:00:00.000Z')).toContain('overdue');
  });

  it('is not warned about while it is paused, nor for what others did', () => {
    const paused = { ...daily, value: { ...daily.value, paused: { by: 'ada', reason: null } } };
    expect(runAlert(paused, noRuns, '2028-01-01T00:00:00.000Z')).toBeNull();
    const others = facts(daily, ended('2027-01-02T00:00:00.000Z', { result: 'failed' }, 'by hand'));
    expect(runAlert(daily, others, '2027-01-02T01:00:00.000Z')).toBeNull();
  });
});

describe('a schedule of drills', () => {
  it('is overdue after two intervals, and a drill by hand counts', () => {
    expect(runAlert(drill, noRuns, '2027-02-28T00:00:00.000Z')).toBeNull();
    expect(runAlert(drill, noRuns, '2027-03-03T00:00:00.000Z')).toContain('the restore drill of schedule drill is overdue'); // prettier-ignore
    const byHand = facts(drill, ended('2027-03-02T00:00:00.000Z', {}, 'check', 'backup.drill'));
    expect(runAlert(drill, byHand, '2027-03-03T00:00:00.000Z')).toBeNull();
  });
});

describe('a continuous backup', () => {
  const state = { schedule: 'backup', place: '/backup', waitingSince: null, problem: null };

  it('is warned about when it is more than five minutes behind, and at once when it fails', () => {
    const waiting = { ...state, waitingSince: '2027-01-01T00:00:00.000Z' };
    expect(lagAlert(state, '2027-01-01T01:00:00.000Z')).toBeNull();
    expect(lagAlert(waiting, '2027-01-01T00:05:00.000Z')).toBeNull();
    expect(lagAlert(waiting, '2027-01-01T00:05:01.000Z')).toContain(
      'lags (commits wait since 2027-01-01T00:00:00.000Z)',
    );
    expect(lagAlert({ ...waiting, problem: 'no such bucket' }, '2027-01-01T00:00:01.000Z')).toContain(
      ': no such bucket',
    );
  });
});
