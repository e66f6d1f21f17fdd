import { expect, it } from 'vitest';
import { dueTime } from '../../../src/domain/schedules/slot.js';

it.each([
  ['5m', '2027-01-01T12:07:31.000Z', '2027-01-01T12:05:00.000Z'],
  ['5m', '2027-01-01T12:05:00.000Z', '2027-01-01T12:05:00.000Z'],
  ['24h', '2027-01-01T23:00:00.000Z', '2027-01-01T00:00:00.000Z'],
  // A clock that is behind.
  ['5m', '2027-01-01T12:04:57.000Z', '2027-01-01T12:05:00.000Z'],
  ['10s', '2027-01-01T12:04:59.500Z', '2027-01-01T12:05:00.000Z'],
  ['10s', '2027-01-01T12:04:57.000Z', '2027-01-01T12:04:50.000Z'],
])('a run of every %s that begins at %s is due at %s', (every, now, due) => {
  expect(dueTime(every, now)).toBe(due);
});
