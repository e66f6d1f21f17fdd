import { describe, expect, it } from 'vitest';
import { ignoredDifferences } from '../../src/worker/ignored-differences.js';

const read = (HECATE_IGNORE_DIFFERENCES: string) => ignoredDifferences({ HECATE_IGNORE_DIFFERENCES });

describe('HECATE_IGNORE_DIFFERENCES', () => {
  it('says what is left to others, in Caddy and in authentik', () => {
    expect(read(' /read_timeout, /applications/*/name,')).toEqual({
      proxies: ['/read_timeout'],
      identity: ['/applications/*/name'],
    });
    expect(ignoredDifferences({})).toEqual({ proxies: [], identity: [] });
  });

  it.each([
    ['/routes/1', "not a JSON pointer into Hecate's server"],
    ['/policies/*/expression', 'who may visit'],
  ])('refuses %s', (pointer, words) => {
    expect(() => read(pointer)).toThrow(words);
  });
});
