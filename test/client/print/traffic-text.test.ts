import { expect, it } from 'vitest';
import { countText, deniedText, latencyText, rateText, shareText } from '../../../src/client/print/traffic-text.js';

it('writes numbers of requests, the exact one up to 9999', () => {
  expect([0, 9_999, 12_345, 999_949, 999_950, 4_100_000].map(countText)).toEqual([
    '0',
    '9999',
    '12.3k',
    '999.9k',
    '1.0M',
    '4.1M',
  ]);
});

it('writes rates, and never a small one as none', () => {
  expect([0, 0.004, 0.0333, 12.44, 1_240.4].map(rateText)).toEqual(['0', '<0.01', '0.03', '12.4', '1240']);
});

it('writes latencies', () => {
  expect([null, 0.4, 9.97, 12.3, 999.7, 3_210, 61_000].map(latencyText)).toEqual([
    '–',
    '0.4 ms',
    '10 ms',
    '12 ms',
    '1.0 s',
    '3.2 s',
    '1 min',
  ]);
});

it('writes shares, and never a small one as none', () => {
  expect(shareText(0, 0)).toBe('0%');
  expect(shareText(1, 100_000)).toBe('<0.1%');
  expect(shareText(1, 30)).toBe('3.3%');
  expect(shareText(1, 3)).toBe('33%');
});

it('writes refusals with the most frequent reason first', () => {
  expect(deniedText({ ip: 1, 'sign-in': 3 })).toBe('sign-in 3, ip 1');
});
