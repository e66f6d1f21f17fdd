import { expect, it } from 'vitest';
import { withRotations } from '../../../../src/client/run/rotation/list.js';
import type { ListedOperation } from '../../../../src/client/run/list-operations.js';
import { changeOf, type LogEntry } from '../../../../src/domain/log/commit.js';
import type { PhaseEvent } from '../../../../src/domain/secrets/rotation.js';
import { begunRotation, course, rotating } from '../../../builders/rotating.js';

const AT = '2026-01-01T00:00:00.000Z';
const after = (seconds: number) => new Date(Date.parse(AT) + seconds * 1_000).toISOString();

/** The log of a rotation with these events, newest first. */
function logOf(events: readonly PhaseEvent[]) {
  const secrets = course(rotating(begunRotation(AT)), AT, events);
  const entries = secrets.map((secret, index): LogEntry => {
    const changes = [changeOf('Secret', 'team', secrets[index - 1] ?? rotating(null), secret)];
    const commit = {
      id: `c${index}`,
      at: after(index),
      actor: 'hecate',
      reason: null,
      operation: 'x',
      workflowId: 'w',
    };
    return {
      position: { sequence: index + 1, hash: '' },
      message: { type: 'committed', previous: null, ...commit, changes },
    };
  });
  return {
    entriesBackwards: async function* () {
      yield* entries.toReversed();
    },
  };
}

const row: ListedOperation = {
  ...{ id: 'rotation/team', workflowId: 'hecate-1/rotation/team', operation: 'rotation', subject: 'team' },
  ...{ actor: null, state: 'running', detail: null, startedAt: after(1), endedAt: null },
};
const done: PhaseEvent = { kind: 'done' };

it('a rotation that runs is listed with its phases and who began it', async () => {
  expect(await withRotations([row], logOf([done, done]))).toMatchObject([
    { state: 'running', actor: 'ada', detail: 'version 3 to 4, dual-secret: preflight 1 s, issue 1 s, store …' },
  ]);
});

it('one that was undone says why', async () => {
  const events: PhaseEvent[] = [done, done, { kind: 'failed', problem: 'vault is sealed' }, done];
  expect(await withRotations([{ ...row, state: 'completed', endedAt: after(9) }], logOf(events))).toMatchObject([
    { state: 'undone', detail: expect.stringMatching(/store 1 s, undo 1 s\. vault is sealed$/) as string },
  ]);
});

it('other operations stay as they are, and the log is not read for them', async () => {
  const other = { ...row, operation: 'route.create' };
  const log = {
    entriesBackwards: () => {
      throw new Error('read');
    },
  };
  expect(await withRotations([other], log)).toEqual([other]);
});
