import { describe, expect, it } from 'vitest';
import { dueTime, nextTime, timingProblem, timingText } from '../../../src/domain/schedules/slot.js';
import { DAY_MS } from '../../../src/domain/values/interval.js';

const HOUR_MS = DAY_MS / 24;

it.each([
  ['5m', '2027-01-01T12:07:31.000Z', '2027-01-01T12:05:00.000Z'],
  ['5m', '2027-01-01T12:05:00.000Z', '2027-01-01T12:05:00.000Z'],
  ['24h', '2027-01-01T23:00:00.000Z', '2027-01-01T00:00:00.000Z'],
  // A clock that is behind.
  ['5m', '2027-01-01T12:04:57.000Z', '2027-01-01T12:05:00.000Z'],
  ['10s', '2027-01-01T12:04:59.500Z', '2027-01-01T12:05:00.000Z'],
  ['10s', '2027-01-01T12:04:57.000Z', '2027-01-01T12:04:50.000Z'],
  // Days are counted from 1970-01-01.
  ['30d', '2027-01-01T12:00:00.000Z', '2026-12-03T00:00:00.000Z'],
])('a run of every %s that begins at %s is due at %s', (every, now, due) => {
  expect(dueTime({ every, at: null, timezone: null }, now)).toBe(due);
});

describe('a run at a local time', () => {
  const daily = { every: '1d', at: '03:00', timezone: 'Europe/Berlin' };

  it.each([
    // Winter, and summer.
    [daily, '2027-01-01T12:00:00.000Z', '2027-01-02T02:00:00.000Z'],
    [daily, '2027-07-01T12:00:00.000Z', '2027-07-02T01:00:00.000Z'],
    // The days on which the clocks change: 2027-03-28 and 2027-10-31.
    [daily, '2027-03-27T12:00:00.000Z', '2027-03-28T01:00:00.000Z'],
    [daily, '2027-10-30T12:00:00.000Z', '2027-10-31T02:00:00.000Z'],
    // 02:30 is skipped in spring, and comes twice in autumn.
    [{ ...daily, at: '02:30' }, '2027-03-27T12:00:00.000Z', '2027-03-28T01:30:00.000Z'],
    [{ ...daily, at: '02:30' }, '2027-10-30T12:00:00.000Z', '2027-10-31T00:30:00.000Z'],
    [{ ...daily, at: '02:30' }, '2027-10-31T00:30:00.000Z', '2027-11-01T01:30:00.000Z'],
    // Zones far from UTC, where the local day is another one.
    [{ ...daily, timezone: 'Pacific/Auckland' }, '2027-01-01T12:00:00.000Z', '2027-01-01T14:00:00.000Z'],
    [{ ...daily, timezone: 'America/Los_Angeles' }, '2027-01-01T12:00:00.000Z', '2027-01-02T11:00:00.000Z'],
    [{ ...daily, timezone: 'Asia/Kolkata', at: '00:00' }, '2027-01-01T12:00:00.000Z', '2027-01-01T18:30:00.000Z'],
    [{ ...daily, timezone: null }, '2027-01-01T12:00:00.000Z', '2027-01-02T03:00:00.000Z'],
    [{ ...daily, every: '30d' }, '2026-12-06T12:00:00.000Z', '2027-01-02T02:00:00.000Z'],
  ])('%j after %s is at %s', (timing, now, next) => {
    expect(nextTime(timing, now)).toBe(next);
    expect(dueTime(timing, next)).toBe(next);
  });

  it.each(['1d', '7d', '30d'])('comes once in each %s of two years, at that time', (every) => {
    const timing = { ...daily, every };
    const local = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: 'Europe/Berlin' });
    const days = Number.parseInt(every, 10);
    let time = nextTime(timing, '2027-01-01T00:00:00.000Z');
    for (let count = 0; count < 730 / days; count++) {
      const next = nextTime(timing, time);
      expect(local.format(new Date(next))).toBe('03:00');
      expect(Math.abs(Date.parse(next) - Date.parse(time) - days * DAY_MS)).toBeLessThanOrEqual(HOUR_MS);
      // Whenever a run of this time begins, it is the run of this time.
      expect(dueTime(timing, new Date(Date.parse(next) - 20_000).toISOString())).toBe(time);
      time = next;
    }
  });
});

it.each([
  [{ every: '36h', at: '03:00' }, 'at'],
  [{ every: '5m', at: '03:00' }, 'at'],
  [{ every: '1d', timezone: 'UTC' }, 'timezone'],
  [{ every: '1h', jitter: '31m' }, 'jitter'],
])('the times %j contradict each other', (times, field) => {
  expect(timingProblem({ at: null, timezone: null, jitter: null, ...times })?.field).toBe(field);
});

it('is said in words', () => {
  expect(timingText({ every: '30d', at: '03:00', timezone: 'Europe/Berlin', jitter: '10m' })).toBe(
    'every 30d at 03:00 Europe/Berlin, up to 10m later',
  );
  expect(timingText({ every: '1d', at: '03:00', timezone: null, jitter: null })).toBe('every 1d at 03:00 UTC');
});
