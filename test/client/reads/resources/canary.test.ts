import { describe, expect, it } from 'vitest';
import { readCanary } from '../../../../src/client/reads/resources/canary.js';
import type { ReadContext } from '../../../../src/client/reads/read.js';
import { promoteCanary } from '../../../../src/operations/canaries/promote-canary.js';
import { rollbackCanary } from '../../../../src/operations/canaries/rollback-canary.js';
import { startCanary } from '../../../../src/operations/canaries/start-canary.js';
import type { Operation } from '../../../../src/operations/operation.js';
import { failoverRoute } from '../../../../src/operations/routes/failover-route.js';
import { createHistory, type History } from '../../../builders/history.js';
import { route, routeChange } from '../../../builders/log.js';

const domain = 'app.example.com';
const start = { domain, canaryUpstream: 'localhost:3001', canaryPercentage: 25 };

function withRoute(): History {
  const history = createHistory();
  history.commit('create', [routeChange(null, route(domain, { backupUpstream: 'localhost:4000' }))]);
  return history;
}

const run = (history: History, operation: unknown, input: object) => history.run(operation as Operation, input);

function read(history: History, round = 0) {
  const context = {
    ...{ now: history.now(), round },
    look: async () => ({ state: history.state(), asOf: null }),
    withLog: (use: (log: unknown) => unknown) => use(history.reader),
  } as unknown as ReadContext;
  return readCanary.answer(readCanary.input.parse({ domain }), context);
}

describe('reading a canary that has ended', () => {
  it.each([
    ['promoted', promoteCanary, { promoteCanary: true, force: true }, 'promoted at 25% by ada'],
    ['rolled-back', rollbackCanary, { rollbackCanary: true }, 'rolled back at 25% by ada'],
    ['ended', failoverRoute, { failover: 'on' }, 'ended by route.failover at 25% by ada'],
  ])('says that it was %s, when, by whom and why', async (result, operation, input, text) => {
    const history = withRoute();
    await run(history, startCanary, start);
    const { sequence } = await run(history, operation, { domain, ...input });
    const { data, exitCode, text: shown, talk } = await read(history);
    expect(exitCode).toBe(3);
    expect(readCanary.shape().parse(data)).toMatchObject({
      spec: { upstream: 'localhost:3001', percentage: 25 },
      status: { state: 'ended', ended: { result, sequence, by: 'ada', operation: operation.key } },
      error: { kind: 'missing', message: `no canary runs on ${domain}` },
    });
    expect(shown()).toContain(text);
    expect(shown()).toContain(`commit ${sequence}`);
    expect(talk?.[0]).toBe(`no canary runs on ${domain}`);
  });

  it('says it on stderr when it was watched until then', async () => {
    const history = withRoute();
    await run(history, startCanary, start);
    await run(history, rollbackCanary, { domain, rollbackCanary: true });
    const { talk, data } = await read(history, 3);
    expect(data).toBeUndefined();
    expect(talk).toEqual([`the canary of ${domain} has ended: rolled back at 25% by ada, no reason given`]);
  });

  it('leaves out one whose start was undone, and those of an earlier route of this domain', async () => {
    const history = withRoute();
    await history.fail(startCanary, start);
    await expect(read(history)).rejects.toMatchObject({ kind: 'missing', message: `no canary runs on ${domain}` });
    await run(history, startCanary, start);
    await run(history, rollbackCanary, { domain, rollbackCanary: true });
    const old = route(domain, { backupUpstream: 'localhost:4000' });
    history.commit('delete', [routeChange(old, null)]);
    history.commit('again', [routeChange(null, old)]);
    await expect(read(history)).rejects.toMatchObject({ kind: 'missing' });
  });
});
