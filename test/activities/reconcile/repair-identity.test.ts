import { expect, it } from 'vitest';
import { repairIdentity } from '../../../src/activities/reconcile/repair-identity.js';
import { createMemoryObservations } from '../../../src/adapters/memory/observations.js';
import type { IdentityDrift } from '../../../src/domain/drift/drift.js';
import { emptyState } from '../../../src/domain/log/state.js';
import type { EventLog } from '../../../src/ports/event-log.js';
import { Failure } from '../../../src/ports/failure.js';
import type { Identity } from '../../../src/ports/identity.js';
import type { IdentityRun } from '../../../src/ports/workflows.js';

const { signal } = new AbortController();
async function* nothing() {}
const log = { view: async () => ({ state: emptyState }), entries: nothing } as unknown as EventLog;
const left: IdentityDrift = {
  ...{ kind: 'changed', object: 'application a', path: '/applications/a/name', wanted: 'a', found: 'b' },
  ...{ subject: 'host a.example.com', problem: null },
};

function repair(
  run: () => Promise<IdentityRun>,
  drift: () => Promise<readonly IdentityDrift[]>,
  observations = createMemoryObservations(),
) {
  const now = () => '2026-03-01T12:00:00.000Z';
  const identityQueue = { converge: run, pending: async () => null };
  const deps = { log, identityQueue, identity: { drift } as unknown as Identity, observations, now };
  return repairIdentity(deps, signal);
}

it('looks again afterwards, whatever the run wrote', async () => {
  const problems = [{ subject: 'host a.example.com', kind: 'denied', message: 'no' }] as const;
  const run = async () => ({ sequence: 1, writes: 3, problems });
  await expect(repair(run, async () => [left])).resolves.toMatchObject({ writes: 3, problems, left: [left], count: 1 });
});

it('keeps beside the log that something was written again', async () => {
  const observations = createMemoryObservations();
  await repair(async () => ({ sequence: 1, writes: 0, problems: [] }), async () => [], observations); // prettier-ignore
  expect(await observations.last('repaired', 'authentik')).toBeNull();
  await repair(async () => ({ sequence: 1, writes: 3, problems: [] }), async () => [], observations); // prettier-ignore
  expect(await observations.last('repaired', 'authentik')).toMatchObject({ detail: '3 writes' });
});

it.each([
  ['it cannot be written', () => Promise.reject(new Failure('denied', 'no right')), async () => [], 'no right'],
  [
    'it cannot be compared afterwards',
    async () => ({ sequence: 1, writes: 3, problems: [] }),
    () => Promise.reject(new Failure('unavailable', 'no answer')),
    'no answer',
  ],
])('says why %s', async (_what, run, drift, problem) => {
  await expect(repair(run, drift)).resolves.toMatchObject({ problem });
});
