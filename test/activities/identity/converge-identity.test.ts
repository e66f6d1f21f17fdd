import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { convergeIdentity } from '../../../src/activities/identity/converge-identity.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import { emptyState, fold } from '../../../src/domain/log/state.js';
import type { EventLog } from '../../../src/ports/event-log.js';
import { Failure } from '../../../src/ports/failure.js';
import type { Identity } from '../../../src/ports/identity.js';
import type { IdentityRun, PendingRun } from '../../../src/ports/workflows.js';
import { identitySeal } from '../../../src/activities/trust/guards.js';
import { sealOf } from '../../../src/activities/trust/seal.js';
import { entries, route } from '../../builders/log.js';
import { trustInMemory } from '../../builders/trust.js';

const host = 'app.example.com';
const log = entries({ a: [changeOf('Route', host, null, route(host, { requireMFA: true }))] });
const position = { sequence: 1, hash: 'x' };
const { signal } = new AbortController();

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const away = new Failure('unavailable', 'authentik does not answer (no answer in time)');

const trust = trustInMemory();

/** The answer of the writer, which sums up a run that a worker sealed, unless it says otherwise. */
function answer({ runs, ...run }: Pick<IdentityRun, 'sequence' | 'problems' | 'runs'>): IdentityRun {
  const phase = 'provide' as const;
  const sealed = [{ ...run, phase, seal: sealOf(trust, identitySeal('memory', { ...run, phase })) }];
  return { ...run, writes: 1, runs: runs ?? sealed };
}

/** Waits for a run that ends with `run`, or never, and reports `pending` meanwhile. */
async function converged(
  { run, pending = null }: { run?: Partial<IdentityRun>; pending?: PendingRun | null },
  { isOptional = false, withinMs = 60_000, isAway = false } = {},
) {
  const began = Date.now();
  const reported: unknown[] = [];
  const deps = {
    ...trust,
    identity: { probe: () => (isAway ? Promise.reject(away) : Promise.resolve()) } as unknown as Identity,
    log: {
      find: async () => log[0],
      view: async () => ({ logId: 'memory', state: fold(emptyState, log) }),
    } as unknown as EventLog,
    identityQueue: {
      converge: () =>
        run ? Promise.resolve(answer({ sequence: 1, problems: [], ...run })) : new Promise<never>(() => undefined),
      pending: async () => pending,
    },
  };
  const what = { position, phases: ['provide'] as const, isOptional, withinMs };
  const ended = convergeIdentity(deps, 'a', what, { signal, report: (details) => reported.push(details) }).then(
    () => null,
    (error: unknown) => error,
  );
  await vi.advanceTimersByTimeAsync(withinMs + 2_000);
  const error = await ended;
  return { error, reported, took: Date.now() - began };
}

const slow: PendingRun = { progress: { done: 12, total: 32, calls: 45, meanMs: 1_203.4 }, failure: null };

it('reports how far the writer is, and names its slowness when the time is over', async () => {
  const { error, reported } = await converged({ pending: slow });
  expect(reported).toContainEqual(slow.progress);
  expect(error).toMatchObject({
    kind: 'unavailable',
    message: 'authentik is too slow: 12 of 32 hosts were written within 60 s (45 calls, 1203 ms each)',
    details: { hasWaited: true },
  });
});

it('names why the writer failed when the time is over', async () => {
  const { error } = await converged({
    pending: { progress: null, failure: 'authentik does not answer (ECONNREFUSED)' },
  });
  expect(error).toMatchObject({ message: 'authentik does not answer (ECONNREFUSED)' });
});

it('waits on where a failed attempt can be repeated, unless it is optional', async () => {
  const pending = { progress: null, failure: 'authentik does not answer (ECONNREFUSED)' };
  const waiting = converged({ pending }, { isOptional: true, withinMs: 6_000 });
  expect((await waiting).error).toMatchObject({ message: pending.failure });
  expect((await converged({ pending: null }, { isOptional: true })).error).toMatchObject({
    message: 'authentik did not answer within 60 s',
  });
});

it('does not wait for an optional run while authentik hangs', async () => {
  const { error } = await converged({}, { isOptional: true, isAway: true, withinMs: 6_000 });
  expect(error).toMatchObject({ message: away.message, details: { hasWaited: true } });
});

it.each([
  ['its own host', `host ${host}`, true],
  ['its own rule', 'rule signed_in', true],
  ['the flow for second factors, which its host needs', 'flow hecate-main-mfa', true],
  ['all hosts', 'host *', true],
  ['another host', 'host other.example.com', false],
  ['a group that could not be removed', 'group staff', false],
  ['groups that could not be read', 'group *', false],
])('a problem of %s is final, or stops nothing', async (_what, subject, isOwn) => {
  const { error } = await converged({ run: { problems: [{ subject, kind: 'unavailable', message: 'answered 500' }] } });
  if (isOwn) expect(error).toMatchObject({ message: 'answered 500', details: { hasWaited: true } });
  else expect(error).toBeNull();
});

it('does not believe an answer of which no worker sealed the runs', async () => {
  const problems = [{ subject: `host ${host}`, kind: 'unavailable', message: 'answered 500' }] as const;
  const [sealed] = answer({ sequence: 1, problems }).runs ?? [];
  if (sealed === undefined) throw new Error('no run');
  const forged = [
    [],
    [{ ...sealed, problems: [] }],
    [{ ...sealed, sequence: 999_999 }],
    [{ ...sealed, phase: 'withdraw' as const }],
  ];
  for (const runs of forged) {
    const { error } = await converged({ run: { sequence: 999_999, problems: [], runs } });
    expect(error).toMatchObject({ message: expect.stringContaining('seal of a worker') as string });
  }
});
