import { describe, expect, it } from 'vitest';
import { clockText, timezoneText } from '../../../src/domain/values/clock.js';
import { durationText } from '../../../src/domain/values/duration.js';
import { levelTimes } from '../../../src/domain/traffic/figures.js';
import { DAY_MS, intervalMs, intervalOf, intervalText, lookBackText } from '../../../src/domain/values/interval.js';

describe('an interval', () => {
  it.each([
    ['30d', '30d', 30 * DAY_MS],
    ['2w', '14d', 14 * DAY_MS],
    ['1w3d', '10d', 10 * DAY_MS],
    ['1D12H', '1d12h', 1.5 * DAY_MS],
    ['1d24h', '2d', 2 * DAY_MS],
    [' 400d ', '400d', 400 * DAY_MS],
    // As older logs have them.
    ['24h', '24h', DAY_MS],
    ['720h', '720h', 30 * DAY_MS],
    ['5m', '5m', 300_000],
  ])('%s is held as %s', (text, held, ms) => {
    expect(intervalText.parse(text)).toBe(held);
    expect(intervalText.parse(held)).toBe(held);
    expect(intervalMs(held)).toBe(ms);
  });

  it.each(['0d', 'd', '1', '-1d', '1.5d', '3651d', '1d5', '5m1d', '1d1d', '1y', 'monthly', ''])('is not %j', (text) => {
    expect(intervalText.safeParse(text).error?.issues[0]?.message).toContain('like 30d');
  });

  it('is written in the largest units up to days', () => {
    expect([0, 90_000, 2 * DAY_MS, DAY_MS + 1].map(intervalOf)).toEqual(['0s', '1m30s', '2d', '1d1ms']);
  });

  it('to look back is at most as long as figures are kept', () => {
    const kept = levelTimes['1h'].keptMs / DAY_MS;
    for (const text of ['1s', '15m', '20d', '2w', `${kept}d`]) expect(lookBackText.safeParse(text).success).toBe(true);
    for (const text of ['0.5s', '500ms', `${kept + 1}d`, '20', '1y']) {
      expect(lookBackText.safeParse(text).error?.issues[0]?.message).toContain(`at most ${kept}d`);
    }
  });

  it('has days that a duration for Caddy does not have', () => {
    expect(durationText.safeParse('30d').success).toBe(false);
  });
});

it.each([
  ['03:00', '03:00'],
  ['3:05', '03:05'],
  [' 23:59 ', '23:59'],
])('the time of day %s is %s', (text, held) => {
  expect(clockText.parse(text)).toBe(held);
});

it.each(['24:00', '3', '3am', '03:60', '03:00:00', ''])('%j is no time of day', (text) => {
  expect(clockText.safeParse(text).success).toBe(false);
});

it.each([
  ['europe/berlin', 'Europe/Berlin'],
  ['utc', 'UTC'],
])('the time zone %s is spelled %s', (text, held) => {
  expect(timezoneText.parse(text)).toBe(held);
});

it.each([
  ['Europe/Berln', 'did you mean Europe/Berlin?'],
  ['+02:00', 'IANA'],
  ['', 'IANA'],
])('%j is no time zone', (text, message) => {
  expect(timezoneText.safeParse(text).error?.issues[0]?.message).toContain(message);
});
