import { describe, expect, it } from 'vitest';
import { lookAtRotation } from '../../../src/activities/schedules/rotate-run.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import { emptyState, fold } from '../../../src/domain/log/state.js';
import { newSecret, type Secret } from '../../../src/domain/resources/secret.js';
import type { Rotation } from '../../../src/domain/secrets/rotation.js';
import type { EventLog } from '../../../src/ports/event-log.js';
import { entries } from '../../builders/log.js';

const NOW = '2027-01-01T12:00:00.000Z';
const team = newSecret({ name: 'team', kind: 'basic-auth', version: 2, edition: 'a'.repeat(24) });
const rotation: Rotation = {
  ...{ id: 'r1', strategy: 'dual-secret', revokesFirst: false, phase: 'prove', phaseSince: NOW, startedAt: NOW },
  ...{ by: 'ada', older: null, isBrought: false, grace: '1h', graceUntil: null, holdAt: null, isHeld: false },
  ...{ former: { version: 1, edition: 'b'.repeat(24) }, next: { version: 2, edition: 'a'.repeat(24) } },
  ...{ maxAttempts: 10, attempts: 0, problem: null, isStuck: false, revokedAt: null, downMs: null },
};
const ended = { id: 'r1', strategy: 'dual-secret' as const, startedAt: NOW, endedAt: NOW, problem: null, downMs: null };

function look(secret: Partial<Secret> | null, id: string | null = 'r1') {
  const changes = secret === null ? [] : [changeOf('Secret', 'team', null, { ...team, ...secret })];
  const state = fold(emptyState, entries({ a: changes }, []));
  const log = { view: async () => ({ logId: 'log-1', state }) } as unknown as EventLog;
  return lookAtRotation({ log, now: () => NOW }, 'team', id);
}

describe('a look at a rotation that a schedule began', () => {
  it.each<[string, Partial<Secret> | null, string, string]>([
    ['before its commit', { rotation }, 'running', 'in the phase prove'],
    ['that is tried again', { rotation: { ...rotation, problem: 'vault is sealed' } }, 'running', 'vault is sealed'],
    [
      'that is stuck',
      { rotation: { ...rotation, phase: 'revoke', isStuck: true } },
      'failed',
      'stuck in the phase revoke',
    ],
    [
      'in a grace period',
      { rotation: { ...rotation, phase: 'grace', graceUntil: '2027-01-01T13:00:00.000Z' } },
      ...(['done', 'the old one is valid until 2027-01-01T13:00:00.000Z'] as const),
    ],
    ['in one that ends soon', { rotation: { ...rotation, phase: 'grace', graceUntil: NOW } }, 'running', 'grace'],
    [
      'in one without an end',
      { rotation: { ...rotation, phase: 'grace', grace: 'until-next' } },
      'done',
      'the next rotation',
    ],
    ['that completed', { lastRotation: { ...ended, result: 'completed' } }, 'done', 'version 2 is in force'],
    [
      'that was undone',
      { lastRotation: { ...ended, result: 'undone', problem: 'refused' } },
      'failed',
      'undone: refused',
    ],
    [
      'whose old value stays accepted',
      { lastRotation: { ...ended, result: 'still-accepted' } },
      'failed',
      'still accepted',
    ],
    ['of a secret that is gone', null, 'failed', 'it was deleted'],
    ['that another one replaced', { rotation: { ...rotation, id: 'r2' } }, 'failed', 'no rotation of it any more'],
  ])('sees one %s', async (_, secret, state, text) => {
    expect(await look(secret)).toEqual({ state, text: expect.stringContaining(text) as string });
  });
});
