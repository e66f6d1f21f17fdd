import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { changeOf, type Change, type Outcome } from '../../src/domain/log/commit.js';
import { emptyState, fold } from '../../src/domain/log/state.js';
import type { EventLog } from '../../src/ports/event-log.js';
import type { OlderWorkflow } from '../../src/ports/workflows.js';
import { takeOver } from '../../src/worker/take-over.js';
import { entries, route } from '../builders/log.js';

const domain = 'a.example.com';
const since = '2026-01-01T00:00:00.000Z';
const canary = changeOf('Canary', domain, null, {
  ...{ domain, upstream: 'localhost:3001', percentage: 10, steps: null, interval: null, limits: null },
  ...{ since, stepSince: since, pausedSince: null },
} as never) as Change;
const bypass = changeOf('Bypass', domain, null, { domain, since, until: '2026-01-02T00:00:00.000Z', reason: 'move' });
const plain = changeOf('Route', domain, null, route(domain)) as Change;

const workflow = (type: string, workflowId: string): OlderWorkflow => ({ type, workflowId, runId: 'r', actor: 'ada' });
const left = [
  workflow('operation', 'route.create/b.example.com/never-committed'),
  workflow('operation', 'w/half'),
  workflow('canary', `canary/${domain}`),
  workflow('canary', 'canary/other.example.com'),
  workflow('bypass', `bypass/${domain}`),
  workflow('reconcile', 'reconcile'),
];

/** Takes over a log with a canary, a bypass and an open commit. Returns what was done, in order. */
async function takenOver(
  isOwnTemporal: boolean,
  changes = [plain, canary, bypass as Change],
  { more = [] as readonly OlderWorkflow[], times = 1, isStopped = false } = {},
) {
  const done: string[] = [];
  const ended: string[] = [];
  const recorded: Partial<Outcome>[] = [];
  const state = fold(emptyState, entries({ create: changes, half: [plain] }, ['half']));
  const log = {
    view: async () => ({ logId: 'log-1', state }),
    find: async (id: string) => {
      const message = { type: 'committed', id, changes: [plain] };
      return id === 'half' ? { message, position: { sequence: 3, hash: 'h' } } : null;
    },
    outcome: async (id: string) => recorded.find((one) => one.id === id) ?? null,
    async *entries() {
      yield* entries(changes.length === 0 ? {} : { create: changes });
    },
    append: async () => ({ kind: 'appended' }),
    record: async (outcome: Outcome) => void recorded.push(outcome),
  } as unknown as EventLog;
  const convergeUndo = async (sequence: number) => {
    done.push(`undo ${sequence}`);
    return { kind: 'undone', behind: [] } as const;
  };
  const allLeft = [...left, ...more];
  let stops = isStopped;
  const once = () =>
    takeOver(
      {
        ...{ log, isOwnTemporal, now: () => since, converger: { convergeUndo } },
        running: {
          isRunning: async (id) => allLeft.some((one) => one.workflowId === id) && !ended.includes(id),
          terminate: async () => undefined,
        },
        olderWorkflows: {
          running: async () => {
            if (stops) {
              stops = false;
              throw new Error('killed');
            }
            return allLeft.filter(({ workflowId }) => !ended.includes(workflowId));
          },
          async end({ workflowId }) {
            ended.push(workflowId);
            done.push(`end ${workflowId}`);
          },
        },
        bypassEndings: { ensure: async (of) => void done.push(`bypass ${of}`) },
        ...{
          scheduler: {} as never,
          newId: () => 'new',
          formerSchedules: { all: async () => (done.push('schedules'), []) } as never,
        },
        canaryWatch: { isTended: async () => false, tend: async (of) => void done.push(`canary ${of}`) },
      },
      pino({ level: 'silent' }),
    );
  if (isStopped) await expect(once()).rejects.toThrow('killed');
  for (let time = 0; time < times; time += 1) await once();
  return { done, recorded };
}

const operator = { name: 'ada', role: 'admin', publicKey: 'k' } as const;
const end = {
  ...{ id: 'take-over of older versions', result: 'completed' },
  attempt: { operation: 'state.take-over', actor: 'hecate' },
};

describe('what an older version left running', () => {
  it('is ended, schedules first and overlays before operations, and goes on under names of this environment', async () => {
    const { done } = await takenOver(true);
    expect(done).toEqual([
      // They would start further workflows.
      'schedules',
      `end canary/${domain}`,
      'end canary/other.example.com',
      `end bypass/${domain}`,
      'end reconcile',
      'end route.create/b.example.com/never-committed',
      'end w/half',
      'undo 3',
      `bypass ${domain}`,
      `canary ${domain}`,
    ]);
  });

  it('is recorded as cancelled where an operation had committed nothing, and as undone where it had', async () => {
    const { recorded } = await takenOver(true);
    expect(recorded).toMatchObject([
      {
        ...{ id: 'never-committed', result: 'cancelled' },
        attempt: { operation: 'route.create', subject: 'b.example.com', actor: 'unverified: ada' },
      },
      { id: 'half', result: 'undone' },
      end,
    ]);
  });

  it('stays in a Temporal that others use, unless this log has its overlay or its open commit', async () => {
    const { done, recorded } = await takenOver(false);
    expect(done.filter((one) => one.startsWith('end '))).toEqual([
      `end canary/${domain}`,
      `end bypass/${domain}`,
      'end w/half',
    ]);
    expect(recorded.map(({ id }) => id)).toEqual(['half', end.id]);
    const { done: without } = await takenOver(false, [plain]);
    expect(without.filter((one) => one.startsWith('end '))).toEqual(['end w/half']);
  });

  it('does not count an operation that older versions did not have', async () => {
    const forged = workflow('operation', 'operator.delete/adm/forged');
    const { recorded } = await takenOver(true, undefined, { more: [forged] });
    expect(recorded.map(({ id }) => id)).toEqual(['never-committed', 'half', end.id]);
  });

  it('is taken over once for a log, and not again after a restart', async () => {
    const { done, recorded } = await takenOver(true, undefined, { times: 3 });
    expect(done.filter((one) => one === 'schedules')).toHaveLength(1);
    expect(recorded.filter(({ id }) => id === end.id)).toHaveLength(1);
  });

  it('is taken over by the next start when the first one stopped half way', async () => {
    const { done, recorded } = await takenOver(true, undefined, { isStopped: true });
    expect(done.filter((one) => one === 'schedules')).toHaveLength(2);
    expect(recorded.at(-1)).toMatchObject(end);
  });

  it.each([
    ['that the first operator began', [changeOf('Operator', 'ada', null, operator) as Change, plain]],
    ['without commits', []],
  ])('is not looked for with a log %s', async (_, changes) => {
    expect(await takenOver(true, changes)).toEqual({ done: [], recorded: [] });
  });
});
