import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Dependencies } from '../../../src/activities/dependencies.js';
import { planOperation } from '../../../src/activities/plan/plan-operation.js';
import { createMemoryProxy } from '../../../src/adapters/memory/proxy.js';
import type { OperationRequest } from '../../../src/workflows/contracts/plan.js';
import { authority } from '../../builders/trust.js';
import { createHistory } from '../../builders/history.js';
import { route, routeChange } from '../../builders/log.js';
import { elsewhere } from '../../builders/surroundings.js';

const domain = 'app.example.com';
const open = { domain, middleware: [] };

/** Plans an update of a route that has a filter of addresses. */
async function plan(input: object, more: Partial<OperationRequest> = {}) {
  const history = createHistory();
  history.commit('one', [routeChange(null, route(domain, { middleware: ['ip-allow:10.0.0.0/8'] }))]);
  const deps = {
    log: history.reader,
    proxies: [createMemoryProxy()],
    surroundings: elsewhere,
    identity: null,
    secrets: null,
    probe: async () => null,
    now: () => history.now(),
    sha256: (text: string) => createHash('sha256').update(text).digest('hex'),
    secretResolver: { of: async () => ({ resolved: new Map(), missing: [] }) },
  } as unknown as Dependencies;
  const who = { subject: domain, actor: 'bob', reason: null };
  return planOperation(deps, authority(await history.reader.view()), {
    id: 'op',
    operation: 'route.update',
    input,
    ...who,
    ...more,
  });
}

const REFUSAL = {
  ...{ kind: 'conflict', code: 'protection-lost', hint: 'Add --force to carry it out anyway.' },
  acceptedBy: '--force',
  message: `${domain}: ip-allow:10.0.0.0/8 is taken away, so every address gets in`,
};

it('is shown in a dry run with what would be lost, and not made otherwise', async () => {
  expect(await plan(open)).toEqual({ kind: 'refused', refusal: REFUSAL });
  expect(await plan(open, { isPreview: true })).toMatchObject({
    ...{ kind: 'refused', refusal: REFUSAL },
    plan: { changes: [{ after: { middleware: [] } }], warnings: [REFUSAL.message] },
  });
});

it('is approved by its hash together with the flag, and never by the hash alone', async () => {
  const shown = await plan(open, { isPreview: true });
  const approved = shown.kind === 'refused' ? (shown.plan?.hash ?? '') : '';
  expect(await plan(open, { approved })).toEqual({ kind: 'refused', refusal: REFUSAL });
  expect(await plan({ ...open, force: true }, { approved })).toMatchObject({
    kind: 'planned',
    plan: { hash: approved },
  });
  expect(await plan(open, { approved: 'f'.repeat(64) })).toMatchObject({ refusal: { code: 'plan-moved' } });
});
