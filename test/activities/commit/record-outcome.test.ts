import { expect, it } from 'vitest';
import { createOutcomeRecorder } from '../../../src/activities/commit/record-outcome.js';
import type { Attempt, Outcome } from '../../../src/domain/log/commit.js';
import type { EventLog } from '../../../src/ports/event-log.js';

const attempt: Attempt = {
  ...{ operation: 'manifests.apply', subject: 'git.example.com/site', actor: 'ada', reason: null, workflowId: 'w' },
  isAutomatic: true,
};

/** Records these outcomes, each so many minutes after noon; returns the ids in the log. */
async function recorded(outcomes: readonly [minutes: number, result: Outcome['result'], attempt?: Attempt][]) {
  const written: string[] = [];
  let minutes = 0;
  const log = { record: async ({ id }: Outcome) => void written.push(id) } as unknown as EventLog;
  const record = createOutcomeRecorder({ log, now: () => new Date(Date.UTC(2026, 0, 1, 12, minutes)).toISOString() });
  for (const [index, [after, result, who]] of outcomes.entries()) {
    minutes = after;
    await record(String(index), result, 'the tip is broken', [], who);
  }
  return written;
}

it('records the same refusal of a schedule once an hour', async () => {
  const other = { ...attempt, subject: 'git.example.com/other' };
  expect(
    await recorded([
      [0, 'refused', attempt],
      [1, 'refused', attempt],
      [2, 'refused', other],
      [59, 'refused', attempt],
      [60, 'refused', attempt],
    ]),
  ).toEqual(['0', '2', '4']);
});

it('records every outcome of a commit, and every attempt of a person', async () => {
  const { isAutomatic: _, ...byPerson } = attempt;
  expect(
    await recorded([
      [0, 'undone', attempt],
      [1, 'undone', attempt],
      [2, 'refused', byPerson],
      [3, 'refused', byPerson],
      [4, 'completed'],
    ]),
  ).toEqual(['0', '1', '2', '3', '4']);
});
