import { afterAll, describe, expect, it } from 'vitest';
import { SIGNED_IN, startMiddlewareLab } from './middleware-lab.js';

const lab = await startMiddlewareLab();
afterAll(() => lab.stop());

const statuses = async (count: number, headers: Record<string, string> = {}) => {
  const all: number[] = [];
  for (let sent = 0; sent < count; sent++) all.push((await lab.ask('/', { headers })).status);
  return all;
};

it.skipIf(lab.limitsRates)('is refused by a Caddy without the module, which goes on serving', async () => {
  await lab.serve([]);
  const result = await lab.write(['rate-limit:3/minute']);
  expect(result.kind === 'refused' && result.message).toContain('http.handlers.rate_limit');
  expect((await lab.ask()).status).toBe(200);
});

describe.skipIf(!lab.limitsRates)('rate-limit, on a Caddy that has the module', () => {
  it('answers 429 and when to come again, whatever the client says about itself', async () => {
    await lab.serve(['rate-limit:3/minute']);
    expect(await statuses(3)).toEqual([200, 200, 200]);
    const { status, headers } = await lab.ask('/', { headers: { 'x-forwarded-for': '10.1.2.3', 'x-real-ip': '::1' } });
    expect(status).toBe(429);
    expect(Number(headers['retry-after'])).toBeGreaterThan(50);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(61);
  });

  it('remembers over a reload that changes something else', async () => {
    await lab.serve(['rate-limit:4/minute']);
    expect(await statuses(4)).toEqual([200, 200, 200, 200]);
    await lab.serve(['rate-limit:4/minute', 'header:X-A=1']);
    expect(await statuses(1)).toEqual([429]);
  });

  it('lets through what was asked for in each window, while more keeps coming', async () => {
    await lab.serve(['rate-limit:10/second']);
    const passed: number[] = [];
    const until = Date.now() + 2_500;
    while (Date.now() < until) {
      if ((await lab.ask()).status === 200) passed.push(Date.now());
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(passed.length).toBeGreaterThanOrEqual(20);
    expect(passed.length).toBeLessThanOrEqual(30);
    // The eleventh behind any request came a second later; clocks are read on our side of the journey.
    for (let first = 0; first + 10 < passed.length; first++)
      expect((passed[first + 10] ?? 0) - (passed[first] ?? 0)).toBeGreaterThan(900);
  });

  it('counts by a header, each value apart', async () => {
    await lab.serve(['rate-limit:2/minute:header=X-Api-Client']);
    expect(await statuses(3, { 'x-api-client': 'a' })).toEqual([200, 200, 429]);
    expect(await statuses(1, { 'x-api-client': 'b' })).toEqual([200]);
    expect(await statuses(3)).toEqual([200, 200, 429]);
  });

  it('has several limits side by side, the tightest of which counts', async () => {
    await lab.serve(['rate-limit:100/second', 'rate-limit:5/hour']);
    expect(await statuses(6)).toEqual([200, 200, 200, 200, 200, 429]);
  });

  it('keeps those away from sign-in who come too often', async () => {
    await lab.serve(['rate-limit:2/hour'], { requireMFA: true });
    expect(await statuses(2, SIGNED_IN)).toEqual([200, 200]);
    const before = lab.asked.length;
    expect(await statuses(2, SIGNED_IN)).toEqual([429, 429]);
    expect(lab.asked).toHaveLength(before);
  });

  it('counts for each route apart', async () => {
    await lab.serve(['rate-limit:1/hour']);
    expect(await statuses(2)).toEqual([200, 429]);
    await lab.serve(['rate-limit:1/hour'], { domain: 'other.example.com' });
    expect(await statuses(1, { host: 'other.example.com' })).toEqual([200]);
  });
});
