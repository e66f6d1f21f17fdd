import { describe, expect, it } from 'vitest';
import { createMemoryProxy } from '../../../src/adapters/memory/proxy.js';
import { lostByRepair } from '../../../src/activities/reconcile/lost-by-repair.js';
import { route, stateWith } from '../../builders/log.js';

const state = stateWith(
  route('app.example.com', { upstream: 'dead:1' }),
  route('fine.example.com', { upstream: 'ok:1' }),
);
const proxyWith = (status: number) =>
  createMemoryProxy({
    upstream: ({ dial }) =>
      dial === 'dead:1' ? { kind: 'failed', cause: 'refused', detail: '' } : { kind: 'answered', status: 200 },
    visit: () => ({ kind: 'answered', status, headers: {}, untrusted: null }),
  });

describe('writing a drifted proxy again', () => {
  it('would take an answer away where the log’s upstream is dead and visitors are served by the drift', async () => {
    const proxy = proxyWith(200);
    const { held } = await lostByRepair({ proxies: [proxy], proxy, logId: 'log' }, state, [{ hosts: null }]);
    const [lost, ...more] = held;
    expect(lost).toContain(
      'visitors of app.example.com get an answer now and would get none as the log has it: dead:1 refuses',
    );
    expect(lost).toMatch(/--adopt.*--yes/);
    expect(more).toEqual([]);
  });

  it('takes nothing away where visitors get errors already', async () => {
    const proxy = proxyWith(502);
    const found = await lostByRepair({ proxies: [proxy], proxy, logId: 'log' }, state, [{ hosts: null }]);
    expect(found).toEqual({ held: [], unasked: 0 });
  });

  it.each<[string, readonly string[], number]>([
    ['another route', ['fine.example.com'], 0],
    ['no route', [], 0],
    ['the route', ['app.example.com'], 1],
    ['a wildcard that shadows the route', ['*.example.com'], 1],
  ])('holds for the route with the dead upstream when %s drifted: %j → %i', async (_, hosts, count) => {
    const proxy = proxyWith(200);
    const found = await lostByRepair({ proxies: [proxy], proxy, logId: 'log' }, state, [{ hosts }]);
    expect(found.held).toHaveLength(count);
  });
});
