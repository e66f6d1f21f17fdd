import { expect, it } from 'vitest';
import { createRefusedRequests } from '../../../src/activities/trust/refused-requests.js';
import { unproven } from '../../../src/activities/trust/unproven.js';
import type { Outcome } from '../../../src/domain/log/commit.js';
import type { EventLog } from '../../../src/ports/event-log.js';
import { trustInMemory } from '../../builders/trust.js';

const refusal = unproven('request-unsigned', { message: 'the request is not signed', hint: 'Sign it.' });
const callerOf = (workflowId: string) => ({ workflowId, runId: 'r', isStandalone: false, activity: 'planOperation' });

/** A record over a log in memory, where the first outcome of an id stays. */
function recording() {
  const written = new Map<string, Omit<Outcome, 'type'>>();
  const clock = { minutes: 0 };
  const log = {
    record: async (outcome: Outcome) => void (written.has(outcome.id) || written.set(outcome.id, outcome)),
  } as unknown as EventLog;
  const now = () => new Date(Date.UTC(2026, 0, 1, 12, clock.minutes)).toISOString();
  const requests = createRefusedRequests({ ...trustInMemory(), log, now });
  return {
    record: (...refused: Parameters<typeof requests.record>) => requests.record(...refused),
    clock,
    written: () => [...written.values()],
  };
}

it('records what was claimed once for each run, and marks it as unverified', async () => {
  const { record, written } = recording();
  const claimed = {
    id: 'open-commit',
    operation: 'route.update',
    subject: 'app.example.com',
    actor: 'root',
    reason: 'trust me',
  };
  for (let attempt = 1; attempt <= 3; attempt++) await record(callerOf('w'), [claimed], refusal);
  expect(written()).toMatchObject([
    {
      id: expect.stringMatching(/^unproven-/) as string,
      result: 'refused',
      detail: 'the request is not signed',
      attempt: {
        ...{ operation: 'route.update', subject: 'app.example.com', actor: 'unverified: root', reason: 'trust me' },
        workflowId: 'w',
      },
    },
  ]);
});

it('records each input of one run that is refused for its shape', async () => {
  const { record, written } = recording();
  const malformed = (of: string) => unproven('input-malformed', { message: 'the update was refused', hint: 'h', of });
  for (const call of ['1', '1', '2'])
    await record(callerOf('w'), [{ actor: null, operation: 'converge' }], malformed(call));
  expect(written().map(({ attempt }) => [attempt?.operation, attempt?.actor])).toEqual([
    ['converge', 'unverified: nobody'],
    ['converge', 'unverified: nobody'],
  ]);
});

it('names the operator whose signature fits', async () => {
  const { record, written } = recording();
  await record(
    callerOf('w'),
    [{ actor: 'anna' }],
    unproven('request-replayed', { message: 'm', hint: 'h', signer: 'anna' }),
  );
  expect(written()[0]?.attempt?.actor).toBe('anna');
});

it('cuts what is too long, and shows no control characters', async () => {
  const { record, written } = recording();
  await record(callerOf('w\u202ex'.repeat(1_000)), [{ actor: '\u001b[31m'.repeat(100_000), subject: 7 }], refusal);
  const text = JSON.stringify(written());
  expect(text.length).toBeLessThan(1_000);
  expect(text).not.toMatch(/\u202e|\\u001b/);
});

it('records the activity that was started without any request', async () => {
  const { record, written } = recording();
  await record(callerOf('w'), ['app.example.com'], refusal);
  expect(written()[0]?.attempt).toMatchObject({ operation: 'planOperation', subject: '', actor: 'unverified: nobody' });
});

it('records 200 an hour, and then says once how many more there were', async () => {
  const { record, written, clock } = recording();
  for (let count = 0; count < 1_000; count++) await record(callerOf(`w${count}`), [{}], refusal);
  expect(written()).toHaveLength(200);
  clock.minutes = 61;
  await record(callerOf('later'), [{}], refusal);
  expect(written().slice(200)).toMatchObject([
    { detail: 'and 800 more requests that were not proven, within an hour' },
    { attempt: { workflowId: 'later' } },
  ]);
});
