import type { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkflowBundle } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OperationActivities, OperationResult, Progress } from '../../src/workflows/contracts/operation.js';
import type { ScheduleActivities } from '../../src/workflows/contracts/schedule.js';
import type { OperationRequest, Plan } from '../../src/workflows/contracts/plan.js';
import { OPERATION_WORKFLOW, PROGRESS_QUERY } from '../../src/workflows/contracts/operation.js';
import { routeChange, route } from '../builders/log.js';
import { startFlows } from './flow-environment.js';

let env: TestWorkflowEnvironment;
let bundle: WorkflowBundle;

beforeAll(async () => {
  ({ env, bundle } = await startFlows('skipping'));
});
afterAll(() => env.teardown());

const plan: Plan = {
  id: 'op1',
  changes: [routeChange(null, route('app.example.com'))],
  reads: [],
  expect: { hosts: ['app.example.com'] },
  warnings: [],
  hash: 'h',
};
const position = { sequence: 7, hash: 'x' };
let counter = 0;

/** Runs the operation against activities that answer well unless told otherwise; answers what was called, in order. */
async function run(
  overrides: Partial<OperationActivities & ScheduleActivities>,
  during?: (cancel: () => Promise<unknown>) => Promise<void>,
) {
  const calls: string[] = [];
  const good: OperationActivities & Pick<ScheduleActivities, 'convergeSchedules'> = {
    convergeSchedules: async () => ({ differed: [] }),
    planOperation: async () => ({ kind: 'planned', plan }),
    surveyImpact: async () => ({ reloads: [], openRequests: [], closing: [] }),
    claimSecrets: async () => undefined,
    appendCommit: async () => ({ kind: 'committed', position }),
    convergeProxies: async () => ({ kind: 'live', behind: [] }),
    verifyProxies: async () => ({ kind: 'verified' }),
    undoCommit: async () => ({ kind: 'undone', behind: [] }),
    convergeIdentity: async () => undefined,
    verifyIdentity: async () => undefined,
    tendCanary: async () => undefined,
    tendRotation: async () => undefined,
    recordOutcome: async () => undefined,
  };
  // The workflow that ends a bypass runs on the same worker.
  const readBypass = async () => null;
  const activities = Object.fromEntries(
    Object.entries({ ...good, readBypass, ...overrides }).map(([name, activity]) => [
      name,
      (...args: unknown[]) => {
        calls.push(called(name, args));
        return (activity as (...a: unknown[]) => unknown)(...args);
      },
    ]),
  );
  const taskQueue = `flow-${++counter}`;
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue,
    workflowBundle: bundle,
    activities,
  });
  const request: OperationRequest = {
    id: 'op1',
    operation: 'route.create',
    subject: 'app.example.com',
    input: {},
    actor: 'ada',
    reason: 'launch',
  };
  const outcome = await worker.runUntil(async () => {
    const handle = await env.client.workflow.start(OPERATION_WORKFLOW, {
      taskQueue,
      workflowId: taskQueue,
      args: [request],
    });
    await during?.(() => handle.cancel());
    const ended = await handle.result().then(
      (result) => ({ result: result as OperationResult, error: null }),
      (error: unknown) => ({ result: null, error: (error as WorkflowFailedError).cause }),
    );
    const { lines } = await handle.query<Progress, []>(PROGRESS_QUERY);
    const { currentDetails } = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    return { ...ended, lines, details: currentDetails };
  });
  return { ...outcome, calls };
}

/** Time in which a workflow appears. */
const POLLED = { timeout: 20_000 };

/** The activity's name, with the argument that says what it is to do. */
function called(name: string, args: readonly unknown[]): string {
  if (name === 'recordOutcome') return `${name} ${String(args[1])}`;
  return name === 'convergeIdentity' ? `${name} ${String(args[2])}` : name;
}

function resultOf(error: unknown): OperationResult {
  return (error as ApplicationFailure).details?.[0] as OperationResult;
}

describe('an operation', () => {
  it('plans, commits, converges, verifies and records, in this order', async () => {
    const { result, calls } = await run({});
    expect(calls).toEqual([
      'planOperation',
      'appendCommit',
      'convergeProxies',
      'verifyProxies',
      'recordOutcome completed',
    ]);
    expect(result).toMatchObject({ result: 'completed', sequence: 7 });
  });

  it('touches nothing when it is refused', async () => {
    const refusal = { kind: 'conflict', code: 'route-exists', message: 'it exists' } as const;
    const { error, calls } = await run({ planOperation: async () => ({ kind: 'refused', refusal }) });
    expect(calls).toEqual(['planOperation', 'recordOutcome refused']);
    expect(resultOf(error)).toMatchObject({ result: 'refused', refusal: { code: 'route-exists' } });
  });

  it('records nothing more when the worker refused the request unproven, since that is in the history', async () => {
    const refusal = { kind: 'denied', code: 'request-unsigned', message: 'the request is not signed' } as const;
    const { error, calls } = await run({ planOperation: async () => ({ kind: 'refused', refusal, isRecorded: true }) });
    expect(calls).toEqual(['planOperation']);
    expect(resultOf(error)).toMatchObject({ result: 'refused', refusal: { code: 'request-unsigned' } });
  });

  it('is stuck and touches nothing when the log is lost', async () => {
    const lost = { kind: 'lost', message: 'caddy was written from another log', hint: 'Restore it.' } as const;
    const { error, calls } = await run({ planOperation: async () => lost });
    expect(calls).toEqual(['planOperation']);
    expect(resultOf(error)).toMatchObject({ result: 'stuck', refusal: { code: 'log-lost', hint: 'Restore it.' } });
  });

  it('records who was refused what and why, and says it to its followers only as the result', async () => {
    const refusal = { kind: 'conflict', code: 'route-exists', message: 'it exists' } as const;
    const recorded: unknown[] = [];
    const recordOutcome = async (...args: unknown[]) => void recorded.push(args);
    const { lines } = await run({ planOperation: async () => ({ kind: 'refused', refusal }), recordOutcome });
    const attempt = {
      ...{ operation: 'route.create', subject: 'app.example.com', actor: 'ada', reason: 'launch' },
      workflowId: expect.any(String) as string,
    };
    // The activity believes the request, which has the proof, rather than what the workflow says of it.
    const request = expect.objectContaining({ id: 'op1', actor: 'ada' }) as object;
    expect(recorded).toEqual([['op1', 'refused', 'it exists', [], attempt, request]]);
    expect(lines).toEqual([]);
  });

  it('ends as it is when its refusal cannot be recorded', async () => {
    const refusal = { kind: 'unavailable', code: 'system-unavailable', message: 'nats does not answer' } as const;
    const { error } = await run({
      planOperation: async () => ({ kind: 'refused', refusal }),
      recordOutcome: async () => Promise.reject(ApplicationFailure.create({ message: 'away', type: 'unavailable' })),
    });
    expect(resultOf(error)).toMatchObject({ result: 'refused', refusal });
  });

  it('records that planning failed', async () => {
    const { error, calls } = await run({
      planOperation: async () => Promise.reject(ApplicationFailure.nonRetryable('x is not a function', 'bug')),
    });
    expect(calls).toEqual(['planOperation', 'recordOutcome failed']);
    expect(error).toMatchObject({ message: expect.any(String) as string });
  });

  it('heads the Web UI’s details by its result, with who, why and the changes', async () => {
    const { details } = await run({});
    expect(details).toMatch(/^### completed\n/);
    expect(details).toContain('**by**: ada\n- **reason**: launch\n- **changes**: create Route app.example.com');
  });

  it('is headed undone when it was undone, with the cause', async () => {
    const { details } = await run({ verifyProxies: async () => ({ kind: 'failed', message: 'it answers 502' }) });
    expect(details).toMatch(/^### undone\n/);
    expect(details).toContain('1. undone: it answers 502');
  });

  it('is headed refused when it was refused, with the way out', async () => {
    const refusal = { kind: 'conflict', code: 'route-exists', message: 'it exists', hint: 'Update it.' } as const;
    const { details } = await run({ planOperation: async () => ({ kind: 'refused', refusal }) });
    expect(details).toMatch(/^### refused\n/);
    expect(details).toContain('1. it exists. Update it.');
  });

  it('writes nothing when there is nothing to change', async () => {
    const { result, calls } = await run({ planOperation: async () => ({ kind: 'unchanged', warnings: [] }) });
    expect(calls).toEqual(['planOperation']);
    expect(result).toMatchObject({ result: 'unchanged' });
  });

  describe('that concerns sign-in', () => {
    const signIn = { ...plan, signIn: { hosts: ['app.example.com'] } };
    const planOperation = async () => ({ kind: 'planned', plan: signIn }) as const;

    it('settles who may pass before a proxy relies on it, and tidies up afterwards', async () => {
      const { calls } = await run({ planOperation });
      expect(calls).toEqual([
        'planOperation',
        'appendCommit',
        'convergeIdentity provide',
        'verifyIdentity',
        'convergeProxies',
        'verifyProxies',
        'convergeIdentity withdraw',
        'recordOutcome completed',
      ]);
    });

    it('is undone everywhere when authentik refuses it, before any proxy heard of it', async () => {
      const { error, calls } = await run({
        planOperation,
        convergeIdentity: async () => Promise.reject(ApplicationFailure.nonRetryable('no such group', 'invalid')),
      });
      expect(calls).not.toContain('convergeProxies');
      expect(calls.slice(-3)).toEqual(['undoCommit', 'convergeIdentity provide,withdraw', 'recordOutcome undone']);
      expect(resultOf(error)).toMatchObject({ result: 'undone', behind: ['authentik'] });
    });

    it('gives authentik back what the change removed, and removes what it added, when a proxy refuses it', async () => {
      const { error, calls } = await run({
        planOperation,
        convergeProxies: async () => ({ kind: 'refused', message: 'bad' }),
      });
      expect(calls.slice(-3)).toEqual(['undoCommit', 'convergeIdentity provide,withdraw', 'recordOutcome undone']);
      expect(resultOf(error)).toMatchObject({ result: 'undone', behind: [] });
    });

    it('closes the proxies first where it only removes, and completes with authentik behind while that is away', async () => {
      const closing = { ...plan, signIn: { hosts: [], concerned: 1, closes: true as const } };
      const { result, calls } = await run({
        planOperation: async () => ({ kind: 'planned', plan: closing }),
        convergeIdentity: async () => Promise.reject(ApplicationFailure.nonRetryable('away', 'unavailable')),
      });
      expect(calls.slice(2)).toEqual([
        'convergeProxies',
        'verifyProxies',
        'convergeIdentity withdraw',
        'recordOutcome completed',
      ]);
      expect(result).toMatchObject({ result: 'completed', behind: ['authentik'] });
    });

    it('repairs drift there when the plan needs nothing else of it', async () => {
      const repairs = { ...plan, repairsSignIn: true };
      const { calls } = await run({ planOperation: async () => ({ kind: 'planned', plan: repairs }) });
      expect(calls.slice(-3)).toEqual(['verifyProxies', 'convergeIdentity provide', 'recordOutcome completed']);
    });

    it('completes, with authentik behind, when only tidying up fails', async () => {
      let calls = 0;
      const { result } = await run({
        planOperation,
        convergeIdentity: async () => {
          if (++calls > 1) throw ApplicationFailure.nonRetryable('away', 'unavailable');
        },
      });
      expect(result).toMatchObject({ result: 'completed', behind: ['authentik'] });
    });
  });

  describe('with something that was handed over through Vault', () => {
    const claims = [{ staged: 'a'.repeat(24), kind: 'tls-key', vaultPath: 'tls/f' }] as const;
    const planOperation = async () => ({ kind: 'planned', plan: { ...plan, claims } }) as const;

    it('takes it over before anything is committed', async () => {
      const { result, calls } = await run({ planOperation });
      expect(calls.slice(0, 3)).toEqual(['planOperation', 'claimSecrets', 'appendCommit']);
      expect(result).toMatchObject({ result: 'completed' });
    });

    it('takes it over when nothing else changes, such as the missing key of a certificate that the log has', async () => {
      const { result, calls } = await run({
        planOperation: async () => ({ kind: 'unchanged', warnings: [], claims }),
      });
      expect(calls).toEqual(['planOperation', 'claimSecrets']);
      expect(result).toMatchObject({ result: 'unchanged' });
    });

    it('commits nothing when Vault refuses it, and says which kind of error it was', async () => {
      const { error, calls } = await run({
        planOperation,
        claimSecrets: async () => Promise.reject(ApplicationFailure.nonRetryable('Vault refuses', 'denied')),
      });
      expect(calls).not.toContain('appendCommit');
      expect(resultOf(error)).toMatchObject({ result: 'undone', refusal: { kind: 'denied' } });
    });

    it('goes on when Vault was away for a moment', async () => {
      let tries = 0;
      const { result } = await run({
        planOperation,
        claimSecrets: async () => {
          if (++tries < 3) throw ApplicationFailure.create({ message: 'Vault is away', type: 'unavailable' });
        },
      });
      expect(result).toMatchObject({ result: 'completed' });
    });
  });

  describe('that changes an overlay', () => {
    const planOperation = async () => ({ kind: 'planned', plan: { ...plan, canaries: ['app.example.com'] } }) as const;

    it('wakes its workflow once the change is verified', async () => {
      const { calls } = await run({ planOperation });
      expect(calls.slice(-3)).toEqual(['verifyProxies', 'tendCanary', 'recordOutcome completed']);
    });

    it('completes when its workflow cannot be woken, since the worker does that later', async () => {
      const tendCanary = async () => Promise.reject(ApplicationFailure.nonRetryable('away'));
      expect((await run({ planOperation, tendCanary })).result).toMatchObject({ result: 'completed' });
    });

    it('starts the workflow that ends a bypass', async () => {
      const bypasses = ['bypassed.example.com'];
      const started = env.client.workflow.getHandle('bypass/bypassed.example.com');
      // It ends on the same worker: one that is left open would keep the server from skipping time later.
      const isOver = async () => void (await expect.poll(() => started.result().then(() => true), POLLED).toBe(true));
      await run({ planOperation: async () => ({ kind: 'planned', plan: { ...plan, bypasses } }) }, isOver);
      expect((await started.describe()).type).toBe('bypass');
    });

    it('wakes its workflow again when it is undone, so that the overlay ends or goes on as before', async () => {
      const { calls } = await run({
        planOperation,
        verifyProxies: async () => ({ kind: 'failed', message: 'bad' }),
      });
      expect(calls.slice(-4)).toEqual(['verifyProxies', 'undoCommit', 'tendCanary', 'recordOutcome undone']);
    });
  });

  it('completes although it is cancelled once the change is verified', async () => {
    let recording: () => void = () => undefined;
    const reached = new Promise<void>((resolve) => (recording = resolve));
    let cancelled: () => void = () => undefined;
    const cancelling = new Promise<void>((resolve) => (cancelled = resolve));
    const signIn = { ...plan, signIn: { hosts: [] } };
    const { result, calls } = await run(
      {
        planOperation: async () => ({ kind: 'planned', plan: signIn }),
        convergeIdentity: async (_id, _position, phases) => {
          if (!phases.includes('withdraw')) return;
          recording();
          await cancelling;
        },
      },
      async (cancel) => {
        await reached;
        await cancel();
        cancelled();
      },
    );
    expect(result).toMatchObject({ result: 'completed', behind: [] });
    expect(calls).not.toContain('verifyIdentity');
    expect(calls.slice(-2)).toEqual(['convergeIdentity withdraw', 'recordOutcome completed']);
  });

  it.each([
    ['completed', {}],
    ['undone', { verifyProxies: async () => ({ kind: 'failed', message: 'bad' }) as const }],
  ])('names the proxies that it could not reach when it is %s', async (expected, overrides) => {
    const behind = ['caddy-2'];
    const { result, error } = await run({
      convergeProxies: async () => ({ kind: 'live', behind: expected === 'completed' ? behind : [] }),
      undoCommit: async () => ({ kind: 'undone', behind }),
      ...overrides,
    });
    expect(result ?? resultOf(error)).toMatchObject({ result: expected, behind });
  });

  it('goes on with the other proxies when one refuses for a reason of its own, and does not verify that one', async () => {
    const refusing = [{ proxy: 'caddy-2', message: 'caddy-2 refuses its configuration: a port is in use' }];
    let except: readonly string[] | undefined;
    const { result, lines } = await run({
      convergeProxies: async () => ({ kind: 'live', behind: [], refusing }),
      verifyProxies: async (_plan, _position, skipped) => {
        except = skipped;
        return { kind: 'verified' };
      },
    });
    expect(result).toMatchObject({ result: 'completed', behind: ['caddy-2'], refusing });
    expect(except).toEqual(['caddy-2']);
    expect(lines).toContainEqual(expect.stringContaining('not updated yet (refusing): caddy-2'));
  });

  it('is refused when others change the same resources each time it has planned', async () => {
    const { error, calls } = await run({ appendCommit: async () => ({ kind: 'stale' }) });
    expect(calls).toHaveLength(41);
    expect(calls.at(-1)).toBe('recordOutcome refused');
    expect(resultOf(error)).toMatchObject({ result: 'refused', refusal: { kind: 'conflict', code: 'ground-moved' } });
  });

  it('undoes nothing when it was cancelled before it was committed', async () => {
    const { error, calls } = await run({ appendCommit: async () => ({ kind: 'aborted' }) });
    expect(calls).toEqual(['planOperation', 'appendCommit', 'recordOutcome cancelled']);
    expect(resultOf(error)).toMatchObject({
      result: 'undone',
      detail: expect.stringContaining('nothing was') as string,
    });
  });

  it('plans again when the ground moved', async () => {
    let first = true;
    const { calls } = await run({
      appendCommit: async () => {
        if (!first) return { kind: 'committed', position };
        first = false;
        return { kind: 'stale' };
      },
    });
    expect(calls.slice(0, 4)).toEqual(['planOperation', 'appendCommit', 'planOperation', 'appendCommit']);
  });

  it.each([
    ['a proxy refuses', { convergeProxies: async () => ({ kind: 'refused', message: 'bad' }) as const }],
    ['verify fails', { verifyProxies: async () => ({ kind: 'failed', message: 'bad' }) as const }],
    [
      'the answer of the commit is lost',
      { appendCommit: async () => Promise.reject(ApplicationFailure.nonRetryable('bad')) },
    ],
  ])('is undone when %s', async (_case, overrides) => {
    const { error, calls } = await run(overrides);
    expect(calls.slice(-2)).toEqual(['undoCommit', 'recordOutcome undone']);
    expect(resultOf(error)).toMatchObject({ result: 'undone', detail: expect.stringContaining('bad') as string });
  });

  it('is stuck when the undo is refused, and says so', async () => {
    const { error, calls } = await run({
      verifyProxies: async () => ({ kind: 'failed', message: 'bad' }),
      undoCommit: async () => ({ kind: 'stuck', message: 'no way back' }),
    });
    expect(calls.at(-1)).toBe('recordOutcome stuck');
    expect(resultOf(error)).toMatchObject({
      result: 'stuck',
      detail: expect.stringContaining('no way back') as string,
    });
  });

  it('gives up on a proxy that stays away and is undone', async () => {
    const { error } = await run({
      convergeProxies: async () =>
        Promise.reject(ApplicationFailure.create({ message: 'caddy is away', type: 'unavailable' })),
    });
    expect(resultOf(error)).toMatchObject({ result: 'undone', refusal: { kind: 'unavailable' } });
    // The test server skips no time between the attempts of an activity, so its whole minute passes.
  }, 120_000);

  // A cancelled run keeps the test server from skipping time afterwards, so these come last.
  it('records that it was cancelled while it was planned', async () => {
    let planning: () => void = () => undefined;
    const reached = new Promise<void>((resolve) => (planning = resolve));
    let stop: () => void = () => undefined;
    const stopped = new Promise<void>((resolve) => (stop = resolve));
    const { error, calls } = await run(
      {
        planOperation: async () => {
          planning();
          await stopped;
          throw new CancelledFailure('cancelled');
        },
      },
      async (cancel) => {
        await reached;
        const cancelling = cancel();
        stop();
        await cancelling;
      },
    );
    expect(calls.at(-1)).toBe('recordOutcome cancelled');
    expect(error).toBeInstanceOf(CancelledFailure);
  });

  it.each([
    ['undone', {}],
    ['cancelled', { wasCommitted: false }],
  ])('is recorded as %s when it is cancelled and its undo says %j', async (recorded, more) => {
    let converging: () => void = () => undefined;
    const reached = new Promise<void>((resolve) => (converging = resolve));
    const { error, calls } = await run(
      {
        convergeProxies: async () => {
          converging();
          return Promise.reject(ApplicationFailure.create({ message: 'not now', type: 'unavailable' }));
        },
        undoCommit: async () => ({ kind: 'undone', behind: [], ...more }),
      },
      async (cancel) => {
        await reached;
        await cancel();
      },
    );
    expect(error).toBeInstanceOf(CancelledFailure);
    expect(calls.slice(-2)).toEqual(['undoCommit', `recordOutcome ${recorded}`]);
  });
});

describe('an operation that changes schedules', () => {
  const planned = {
    planOperation: async () => ({ kind: 'planned' as const, plan: { ...plan, schedules: ['nightly'] } }),
  };

  it('has Temporal follow the commit before it is completed', async () => {
    const { result, calls } = await run(planned);
    expect(result?.result).toBe('completed');
    expect(calls.slice(-2)).toEqual(['convergeSchedules', 'recordOutcome completed']);
  });

  it('is undone when Temporal refuses, and Temporal follows the inverse too', async () => {
    let count = 0;
    const { error, calls } = await run({
      ...planned,
      async convergeSchedules() {
        if (++count === 1) throw ApplicationFailure.nonRetryable('temporal refused the schedule', 'invalid');
        return { differed: [] };
      },
    });
    expect(resultOf(error)).toMatchObject({ result: 'undone', detail: 'undone: temporal refused the schedule' });
    expect(calls.slice(-4)).toEqual(['convergeSchedules', 'undoCommit', 'convergeSchedules', 'recordOutcome undone']);
  });

  it('is undone also when Temporal takes no schedule afterwards; the worker converges it later', async () => {
    const convergeSchedules = async () => {
      throw ApplicationFailure.nonRetryable('temporal does not let Hecate manage schedules', 'denied');
    };
    const { error } = await run({ ...planned, convergeSchedules });
    expect(resultOf(error)).toMatchObject({ result: 'undone', refusal: { kind: 'denied' } });
  });
});
