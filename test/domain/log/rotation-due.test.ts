import { describe, expect, it } from 'vitest';
import { rotationDue, rotationPolicy, secretsToRotate } from '../../../src/domain/log/rotation-due.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import { emptyState, find, fold } from '../../../src/domain/log/state.js';
import { newSecret } from '../../../src/domain/resources/secret.js';
import type { SecretKindName } from '../../../src/domain/secrets/kinds.js';
import { entries } from '../../builders/log.js';
import { rotating, schedule } from '../../builders/schedule.js';

const secret = (name: string, kind: SecretKindName = 'basic-auth') =>
  newSecret({ name, kind, version: 1, edition: 'a'.repeat(24) });
const held = { name: 'team', createdAt: '2027-01-01T00:00:00.000Z', value: secret('team') };
const monthly = schedule('rotate-team', { every: '30d', action: rotating('team') });
const all = schedule('rotate-all', { every: '10d', action: rotating(null, { strategy: 'immediate' }) });

describe('the next rotation of a secret', () => {
  it('is that of its own schedule, else that of all secrets', () => {
    expect(rotationDue(held, [all, monthly], '2027-01-01T12:00:00.000Z')).toMatchObject({
      age: 43_200_000,
      schedule: { name: 'rotate-team' },
      next: '2027-01-02T00:00:00.000Z',
      isOverdue: false,
    });
    expect(rotationDue(held, [all], '2027-01-02T00:00:00.000Z').schedule?.name).toBe('rotate-all');
    expect(rotationPolicy('team', [monthly, all])).toEqual({
      ...{ every: '30d', strategy: 'dual-secret', grace: '1h', keepVersions: 0 },
    });
    expect(rotationPolicy('team', [all])?.strategy).toBe('immediate');
    expect(rotationPolicy('team', [schedule('nightly')])).toBeNull();
  });

  it('is unknown without a schedule, and none is overdue', () => {
    expect(rotationDue(held, [schedule('nightly')], '2037-01-01T00:00:00.000Z')).toMatchObject({
      ...{ schedule: null, next: null, isOverdue: false },
    });
  });

  it.each([
    ['2027-01-31T23:00:00.000Z', false],
    ['2027-02-01T01:00:00.000Z', true],
  ])('is overdue at %s: %s', (now, isOverdue) => {
    expect(rotationDue(held, [monthly], now).isOverdue).toBe(isOverdue);
  });

  it('is overdue while the schedule is paused, too, and counts from the last rotation', () => {
    const paused = { ...monthly, paused: { by: 'anna', reason: 'freeze' } };
    expect(rotationDue(held, [paused], '2027-03-01T00:00:00.000Z')).toMatchObject({ next: null, isOverdue: true });
    const rotated = { ...held, value: { ...held.value, since: '2027-02-20T00:00:00.000Z' } };
    expect(rotationDue(rotated, [paused], '2027-03-01T00:00:00.000Z').isOverdue).toBe(false);
  });
});

describe('the secrets of a schedule', () => {
  const secrets = [
    secret('a'),
    secret('z-token', 'authentik-token'),
    secret('worker', 'nats-credentials'),
    secret('b'),
  ];
  const changes = [
    ...secrets.map((one) => changeOf('Secret', one.name, null, one)),
    changeOf('Schedule', 'rotate-b', null, schedule('rotate-b', { action: rotating('b') })),
  ];
  const state = fold(emptyState, entries({ a: changes }, []));

  it('are all of them in the order of their kinds, without those that have a schedule of their own', () => {
    expect(find(state, 'Secret', 'b')).toBeDefined();
    expect(secretsToRotate(state, null)).toEqual(['worker', 'z-token', 'a']);
  });

  it('are the named one, while it exists', () => {
    expect(secretsToRotate(state, 'b')).toEqual(['b']);
    expect(secretsToRotate(state, 'nobody')).toEqual([]);
  });
});
