import { WorkflowFailedError, ServiceError, type WorkflowClient } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, RetryState, TypedSearchAttributes } from '@temporalio/common';
import { expect, it } from 'vitest';
import { listOperations } from '../../../src/client/run/list-operations.js';

const startTime = new Date('2026-01-01T12:00:00.000Z');
const closeTime = new Date('2026-01-01T12:00:02.000Z');

interface Known {
  readonly workflowId: string;
  readonly type?: string;
  readonly status: string;
  readonly result?: unknown;
  readonly error?: Error;
  readonly memo?: Readonly<Record<string, unknown>>;
}

/** A Temporal with these workflows; `queries` collects what it was asked for. */
function temporal(workflows: readonly Known[], queries: string[] = []): WorkflowClient {
  return {
    async *list({ query }: { query: string }) {
      queries.push(query);
      for (const { workflowId, type = 'operation', status, memo } of workflows) {
        const times = { startTime, closeTime: status === 'RUNNING' ? undefined : closeTime };
        const typedSearchAttributes = new TypedSearchAttributes([]);
        yield { workflowId, runId: 'r', type, status: { name: status }, typedSearchAttributes, memo, ...times };
      }
    },
    withDeadline: (_deadline: number, run: () => unknown) => run(),
    getHandle: (workflowId: string) => ({
      workflowId,
      query: async () => ({ step: 'converging', lines: [] }),
      async result() {
        const known = workflows.find((one) => one.workflowId === workflowId);
        if (known?.error) throw new WorkflowFailedError('failed', known.error, RetryState.NON_RETRYABLE_FAILURE);
        return known?.result;
      },
    }),
  } as unknown as WorkflowClient;
}

const list = (client: WorkflowClient, only: 'running' | 'failed' | null = null, limit = 20) =>
  listOperations(client, { only, limit }, { prefix: 'hecate-1a2b3c4d', address: '1.2.3.4:7233' });

it('says what runs, and at which step it is', async () => {
  const queries: string[] = [];
  const workflowId = 'hecate-1a2b3c4d/route.create/app.example.com/abc';
  const client = temporal([{ workflowId, status: 'RUNNING' }], queries);
  expect(await list(client, 'running')).toEqual([
    {
      ...{ id: 'abc', workflowId, operation: 'route.create' },
      ...{ subject: 'app.example.com', actor: null, state: 'running', detail: 'converging' },
      ...{ startedAt: startTime.toISOString(), endedAt: null },
    },
  ]);
  expect(queries[0]).toContain(`ExecutionStatus = 'Running'`);
  expect(queries[0]).toContain(`WorkflowId STARTS_WITH 'hecate-1a2b3c4d/'`);
});

it('says how each one ended, and why', async () => {
  const refused = { result: 'refused', detail: 'it exists', refusal: null };
  const ended = await list(
    temporal([
      { workflowId: 'route.create/a/1', status: 'COMPLETED', result: { result: 'completed', detail: null } },
      { workflowId: 'route.create/a/2', status: 'FAILED', error: ApplicationFailure.create({ details: [refused] }) },
      { workflowId: 'route.create/a/3', status: 'CANCELLED', error: new CancelledFailure('x') },
      { workflowId: 'route.create/a/4', status: 'FAILED', error: new Error('x is not a function') },
      { workflowId: 'reconcile', type: 'reconcile', status: 'COMPLETED', result: { failed: ['apply site: away'] } },
    ]),
  );
  expect(ended.map(({ id, state, detail }) => [id, state, detail])).toEqual([
    ['1', 'completed', null],
    ['2', 'refused', 'it exists'],
    ['3', 'cancelled', expect.stringContaining('cancelled')],
    ['4', 'failed', expect.any(String)],
    ['reconcile', 'failed', 'apply site: away'],
  ]);
});

it('names the person or program for which the operator acts', async () => {
  const [one] = await list(
    temporal([{ workflowId: 'route.create/a/1', status: 'RUNNING', memo: { onBehalfOf: 'ci' } }]),
  );
  expect(one).toMatchObject({ onBehalfOf: 'ci' });
});

it('lists no more than are asked for', async () => {
  const many = Array.from({ length: 5 }, (_, i) => ({ workflowId: `route.create/a/${i}`, status: 'RUNNING' }));
  expect(await list(temporal(many), null, 2)).toHaveLength(2);
});

it('is unavailable while Temporal does not answer', async () => {
  const gone = {
    async *list() {
      throw new ServiceError('x', { cause: new Error('14 UNAVAILABLE') });
    },
  } as unknown as WorkflowClient;
  await expect(list(gone)).rejects.toMatchObject({ kind: 'unavailable' });
});
