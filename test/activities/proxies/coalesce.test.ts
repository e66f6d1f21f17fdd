import { describe, expect, it } from 'vitest';
import { coalesce } from '../../../src/activities/proxies/coalesce.js';

describe('gate', () => {
  it('lets callers that arrive together share one run', async () => {
    let runs = 0;
    const gate = coalesce(async () => ++runs);
    expect(await Promise.all([gate(), gate(), gate()])).toEqual([1, 1, 1]);
  });

  it('serves a caller that arrives during a run by a later one', async () => {
    let runs = 0;
    let finish: () => void = () => undefined;
    const gate = coalesce(async () => {
      runs++;
      if (runs === 1) await new Promise<void>((resolve) => (finish = resolve));
      return runs;
    });
    const first = gate();
    while (runs === 0) await new Promise((resolve) => setImmediate(resolve));
    const second = gate();
    finish();
    expect(await first).toBe(1);
    expect(await second).toBe(2);
  });

  it('goes on after a run that failed', async () => {
    let runs = 0;
    const gate = coalesce(async () => {
      if (++runs === 1) throw new Error('no');
      return runs;
    });
    await expect(gate()).rejects.toThrow('no');
    expect(await gate()).toBe(2);
  });
});
