import { beforeEach, expect, it } from 'vitest';
import {
  createOverdueSettler,
  settleAllAbandoned,
  type Settling,
} from '../../../src/activities/commit/settle-abandoned.js';
import { undoId, type Outcome } from '../../../src/domain/log/commit.js';
import { createHistory, type History } from '../../builders/history.js';
import { route, routeChange } from '../../builders/log.js';

const MINUTE_MS = 60_000;

let history: History;
let calls: string[];
let isRunning: boolean;
let deps: Settling;

beforeEach(() => {
  history = createHistory();
  history.commit('op1', [routeChange(null, route('app.example.com'))], { open: true });
  [calls, isRunning] = [[], true];
  deps = {
    log: {
      ...history.reader,
      async append({ undoes }: { readonly undoes: string }) {
        history.undo(undoes);
        return { kind: 'appended' };
      },
      record: async ({ id, result, detail }: Outcome) => void calls.push(`${id} ${result}: ${detail}`),
    },
    now: () => history.now(),
    converger: { convergeUndo: async () => ({ kind: 'undone', behind: [] }) },
    running: {
      isRunning: async () => isRunning,
      async terminate(workflowId: string) {
        calls.push(`terminate ${workflowId}`);
        isRunning = false;
      },
    },
  } as unknown as Settling;
});

it('an open commit is undone once its workflow is gone', async () => {
  expect(await settleAllAbandoned(deps)).toBe(0);
  isRunning = false;
  expect(await settleAllAbandoned(deps)).toBe(1);
  expect(calls).toEqual(['op1 undone: its workflow ended without an outcome']);
  expect(await history.reader.find(undoId('op1'))).not.toBeNull();
});

it('an operation that takes longer than all of its steps may is terminated and undone, and none before', async () => {
  let minutes = 1_000;
  const settle = createOverdueSettler(() => minutes * MINUTE_MS);
  expect(await settle(deps)).toBe(0);
  minutes += 15;
  expect(await settle(deps)).toBe(0);
  minutes += 5;
  expect(await settle(deps)).toBe(1);
  expect(calls).toEqual(['terminate test/x/op1', 'op1 undone: its workflow did not come to an end']);
});

it('the time of another operation does not count', async () => {
  let minutes = 0;
  const settle = createOverdueSettler(() => minutes * MINUTE_MS);
  await settle(deps);
  history.end('op1', 'completed');
  history.commit('op2', [routeChange(null, route('api.example.com'))], { open: true });
  minutes += 60;
  expect(await settle(deps)).toBe(0);
  expect(calls).toEqual([]);
});
