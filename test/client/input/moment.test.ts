import { describe, expect, it } from 'vitest';
import { momentOf, timeOf } from '../../../src/client/input/moment.js';

const now = new Date('2026-03-10T12:00:00.000Z');
const local = (year: number, month: number, day: number, hour = 0, minute = 0) =>
  new Date(year, month, day, hour, minute).toISOString();

describe('a time', () => {
  it.each([
    ['2024-01-15T10:00:00Z', '2024-01-15T10:00:00.000Z'],
    ['2024-01-15T10:00:00.5+02:00', '2024-01-15T08:00:00.500Z'],
    ['2024-01-15 10:00 -0530', '2024-01-15T15:30:00.000Z'],
    ['2024-01-15t10:00z', '2024-01-15T10:00:00.000Z'],
    ['2024-01-15T10:00', local(2024, 0, 15, 10, 0)],
    ['2024-01-15 10:00', local(2024, 0, 15, 10, 0)],
    ['2024-01-15', local(2024, 0, 15)],
    ['now', '2026-03-10T12:00:00.000Z'],
    ['2h ago', '2026-03-10T10:00:00.000Z'],
    ['-2h', '2026-03-10T10:00:00.000Z'],
    ['2 hours 30 minutes ago', '2026-03-10T09:30:00.000Z'],
    ['-1d12h', '2026-03-09T00:00:00.000Z'],
    ['1 week ago', '2026-03-03T12:00:00.000Z'],
    ['90s AGO', '2026-03-10T11:58:30.000Z'],
  ])('%s is understood', (text, at) => {
    expect(timeOf(text, now)).toBe(at);
  });

  it.each(['', 'soon', '2024-02-30', '2024-13-01T00:00Z', '25:00', '2h', '2 parsecs ago', '-', 'ago', '2024-01-15T10:00:61Z', '-99999999999d']) // prettier-ignore
  ('%j is none', (text) => {
    expect(timeOf(text, now)).toBeNull();
  });
});

describe('a moment', () => {
  it('is a sequence or a time that was', () => {
    expect(momentOf('at', '42', now)).toEqual({ sequence: 42 });
    expect(momentOf('at', '-1h', now)).toEqual({ at: '2026-03-10T11:00:00.000Z' });
    expect(() => momentOf('at', '2030-01-01T00:00:00Z', now)).toThrow(/--at .* is in the future/);
    expect(() => momentOf('at', 'whenever', now)).toThrow(/--at "whenever"/);
  });
});
