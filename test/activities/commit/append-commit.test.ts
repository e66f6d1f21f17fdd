import { expect, it } from 'vitest';
import { appendCommit } from '../../../src/activities/commit/append-commit.js';
import type { CommitDraft } from '../../../src/domain/log/commit.js';
import { emptyState } from '../../../src/domain/log/state.js';
import type { EventLog } from '../../../src/ports/event-log.js';
import type { OperationRequest, Plan } from '../../../src/workflows/contracts/plan.js';

const proof = { key: 'K'.repeat(43), at: '2026-01-01T00:00:00.000Z', request: 'ab'.repeat(32), signature: 'S' };
const request: OperationRequest = {
  ...{ id: 'op1', operation: 'route.create', subject: 'app.example.com', input: {}, actor: 'ada', reason: null },
  from: { machine: 'laptop\n', user: 'ada' },
};
const plan: Plan = { id: 'op1', changes: [], reads: [], expect: { hosts: [] }, warnings: [], hash: 'h' };

async function written(asked: OperationRequest, planned: Plan): Promise<CommitDraft> {
  const drafts: CommitDraft[] = [];
  const log = {
    view: async () => ({ logId: 'a-log', state: emptyState }),
    append: async (draft: CommitDraft) => {
      drafts.push(draft);
      return { kind: 'appended', position: { sequence: 1, hash: 'h' } };
    },
  } as unknown as EventLog;
  await appendCommit({ log, now: () => '2026-01-01T00:00:01.000Z' }, asked, 'w/op1', planned);
  return drafts[0] as CommitDraft;
}

it('keeps the proof that the plan was made with, not one of the caller, and where the request came from as one line', async () => {
  const draft = await written(
    { ...request, proof: { environment: 'a-log', at: 'now', signer: 'ada', signature: 'forged' } },
    { ...plan, proof },
  );
  expect(draft).toMatchObject({ proof, from: { machine: 'laptop\uFFFD', user: 'ada' } });
});

it('keeps no proof and no origin of a request that has none, or a malformed one', async () => {
  const draft = await written({ ...request, from: 'anywhere' as never }, plan);
  expect(draft).not.toHaveProperty('proof');
  expect(draft).not.toHaveProperty('from');
});
