import { expect, test } from 'vitest';
import { costOf, createLatency } from '../../src/authentik-stand-in/http/latency.js';
import type { WebRequest } from '../../src/authentik-stand-in/http/web.js';

test.each([
  ['GET', 'core/applications/shop/', 0, 500, 600],
  ['GET', 'policies/bindings/', 100, 1_400, 1_700],
  ['GET', 'providers/proxy/', 1, 50, 70],
  ['GET', 'core/groups/', 1, 80, 110],
  ['PUT', 'policies/bindings/1/', 0, 60, 1_700],
  ['DELETE', 'flows/instances/x/', 0, 60, 1_700],
])('%s %s with %i objects takes as long as it was measured', (method, path, rows, least, most) => {
  const ms = costOf({ method, path }, rows);
  expect(ms).toBeGreaterThanOrEqual(least);
  expect(ms).toBeLessThanOrEqual(most);
});

test('a server works on four calls at once, and the others wait', async () => {
  const slow = createLatency('/api/v3/');
  const request = { method: 'GET', path: '/api/v3/admin/version/' } as WebRequest;
  const ended: number[] = [];
  const calls = Array.from({ length: 9 }, async (_, index) => {
    await slow(request, { status: 200 });
    ended.push(index);
  });
  await Promise.race(calls);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(ended.length).toBeLessThanOrEqual(4);
  await Promise.all(calls);
  expect(ended).toHaveLength(9);
});
