import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { verifyProxies } from '../../../src/activities/proxies/verify-proxies.js';
import { createMemoryProxy } from '../../../src/adapters/memory/proxy.js';
import type { Proxy, VisitRequest } from '../../../src/ports/proxy.js';
import type { Plan } from '../../../src/workflows/contracts/plan.js';
import { createHistory } from '../../builders/history.js';
import { route, routeChange } from '../../builders/log.js';

const host = 'app.example.com';

/** A proxy that serves the newest commit, and whose visitors wait this long for their answer. */
function slowProxy(answerMs: number): Proxy {
  const visit = async ({ timeoutMs = Infinity }: VisitRequest) => {
    if (answerMs > timeoutMs)
      return { kind: 'failed', cause: 'timeout', detail: `no answer within ${timeoutMs / 1_000} s` } as const;
    return { kind: 'answered', status: 200, headers: {}, untrusted: null } as const;
  };
  return {
    ...createMemoryProxy(),
    visit,
    served: async () => ({ logId: 'log', sequence: 1_000, hash: 'hash' }),
    answeredBy: async () => 1,
  };
}

async function verified(answerMs: number, { before = true, warnings = [] as readonly string[] } = {}) {
  const history = createHistory();
  history.commit('first', [routeChange(null, route(host))]);
  const expected = { hosts: [host], answering: before ? [{ proxy: 'caddy', host }] : [] };
  const plan = { expect: expected, warnings } as unknown as Plan;
  const { head } = await history.reader.view().then(({ state }) => state);
  if (head === null) throw new Error('the log is empty');
  const result = verifyProxies({ log: history.reader, proxies: [slowProxy(answerMs)] }, plan, head);
  await vi.runAllTimersAsync();
  return result;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('accepts a server that is as slow as the plan accepts', async () => {
  expect(await verified(4_900)).toEqual({ kind: 'verified' });
  expect(await verified(4_900, { before: false })).toEqual({ kind: 'verified' });
});

it('fails when visitors who got an answer before get none now', async () => {
  const message = `visitors of ${host} got an answer before, and get none now: caddy gives no answer within 6 s`;
  expect(await verified(60_000)).toEqual({ kind: 'failed', message });
});

it('warns about a host that had no answer before, unless the plan has warned', async () => {
  const text = `visitors of ${host} get no answer now: caddy gives no answer within 6 s`;
  expect(await verified(60_000, { before: false })).toEqual({ kind: 'verified', warnings: [text] });
  const warnings = [`a:1 does not answer within 5 s; visitors of ${host} would get errors`];
  expect(await verified(60_000, { before: false, warnings })).toEqual({ kind: 'verified' });
});
