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
    const [lost, ...more] = await lostByRepair({ proxies: [proxy], proxy, logId: 'log' }, state);
    expect(lost).toContain(
      'visitors of app.example.com get an answer now and would get none as the log has it: dead:1 refuses',
    );
    expect(lost).toMatch(/--adopt.*--yes/);
    expect(more).toEqual([]);
  });

  it('takes nothing away where visitors get errors already', async () => {
    const proxy = proxyWith(502);
    expect(await lostByRepair({ proxies: [proxy], proxy, logId: 'log' }, state)).toEqual([]);
  });
});
