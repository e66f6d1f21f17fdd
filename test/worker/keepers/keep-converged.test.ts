import pino from 'pino';
import { expect, it, vi } from 'vitest';
import { changeOf, type Outcome } from '../../../src/domain/log/commit.js';
import { emptyState, fold } from '../../../src/domain/log/state.js';
import type { EventLog } from '../../../src/ports/event-log.js';
import type { IdentityQueue } from '../../../src/ports/workflows.js';
import { keepConverged } from '../../../src/worker/keepers/keep-converged.js';
import { entries, route } from '../../builders/log.js';

const ended: Outcome = { type: 'ended', id: 'a', at: '', result: 'undone', detail: null, behind: [] };

/** Lets the worker look once at a log of one commit; answers what it asked of the identity provider's writer. */
async function asked(change: ReturnType<typeof changeOf>, open: boolean) {
  const state = fold(emptyState, entries({ a: [change as never] }, open ? ['a'] : []));
  const converge = vi.fn<IdentityQueue['converge']>(async () => ({ sequence: 1, writes: 0, problems: [] }));
  const log = { view: async () => ({ logId: 'log-1', state }), outcome: async () => ended } as unknown as EventLog;
  const converger = { convergeHead: async () => ({ behind: [], refusing: [] }) } as never;
  const running = { isRunning: async () => false, terminate: async () => undefined };
  const now = () => '2026-01-01T00:00:00.000Z';
  const keeper = keepConverged(
    {
      log,
      converger,
      running,
      now,
      continuousWatch: { tend: async () => undefined, isTended: async () => true },
      canaryWatch: { tend: async () => undefined, isTended: async () => true },
      probationWatch: { tend: async () => undefined, isTended: async () => true },
      sweepValues: () => Promise.resolve([]),
      rotationWatch: { tend: async () => undefined, isTended: async () => true },
      ...{ secrets: null, issuers: {} as never, ownCredentials: [], sha256: (text: string) => text },
      bypassEndings: { ensure: async () => undefined },
      identityQueue: { converge, pending: async () => null },
      takeOver: async () => undefined,
      scheduler: { names: async () => [] } as never,
    },
    pino({ level: 'silent' }),
  );
  await keeper.looked;
  keeper.stop();
  return converge.mock.calls.map(([phases, , extent]) => [...phases, extent]);
}

const plain = changeOf('Route', 'a.example.com', null, route('a.example.com'));
const guarded = changeOf('Route', 'a.example.com', null, route('a.example.com', { requireMFA: true }));

it('tells the writer to authentik to look at everything at its start, where something requires sign-in', async () => {
  expect(await asked(guarded, false)).toEqual([['provide', 'withdraw', 'everything']]);
  expect(await asked(plain, false)).toEqual([]);
});

it('tells it also when it settled an abandoned commit, although nothing requires sign-in any more', async () => {
  expect(await asked(plain, true)).toEqual([['provide', 'withdraw', 'changes']]);
});
