import { expect, it } from 'vitest';
import { surveyImpact } from '../../../src/activities/plan/survey-impact.js';
import { changeOf, type Change } from '../../../src/domain/log/commit.js';
import { emptyState, fold } from '../../../src/domain/log/state.js';
import type { EventLog } from '../../../src/ports/event-log.js';
import type { Proxy } from '../../../src/ports/proxy.js';
import type { Plan } from '../../../src/workflows/contracts/plan.js';
import { entries, route, routeChange } from '../../builders/log.js';

const bypass = (domain: string, until: string) =>
  changeOf('Bypass', domain, null, { domain, since: '2026-01-01T10:00:00.000Z', until, reason: null });
const shared = { upstream: '127.0.0.1:3000' };
const before = route('a.example.com', shared);
const held: Change[] = [
  routeChange(null, before),
  routeChange(null, route('b.example.com', shared)),
  routeChange(null, route('c.example.com', { upstream: '127.0.0.1:4000' })),
  bypass('b.example.com', '2026-01-01T13:00:00.000Z'),
  bypass('c.example.com', '2026-01-01T11:00:00.000Z'),
];
const proxy = { name: 'caddy', current: async () => ({}), openRequests: async () => 3 } as unknown as Proxy;
const log = {
  view: async () => ({ logId: 'log-1', state: fold(emptyState, entries({ a: held })) }),
} as unknown as EventLog;

it('says what stays open, with whom a count is shared, and that streams of every bypass in force close', async () => {
  const plan = { changes: [routeChange(before, { ...before, headers: { A: '1' } })] } as unknown as Plan;
  const impact = await surveyImpact({ proxies: [proxy], log, now: () => '2026-01-01T12:00:00.000Z' }, plan);
  expect(impact).toEqual({
    reloads: [{ proxy: 'caddy', reachable: true }],
    openRequests: [{ host: 'a.example.com', upstream: '127.0.0.1:3000', count: 3, sharedWith: ['b.example.com'] }],
    closing: ['b.example.com'],
  });
});
