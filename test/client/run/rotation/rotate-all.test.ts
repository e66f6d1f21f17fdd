import { describe, expect, it } from 'vitest';
import { endingOfRefusal } from '../../../../src/client/run/rotation/rotate-all.js';
import { endingOfRotation, reportOf } from '../../../../src/client/run/rotation/report.js';
import type { Refusal } from '../../../../src/domain/refusal.js';
import { newSecret, type Secret } from '../../../../src/domain/resources/secret.js';
import type { PhaseEvent, Rotation } from '../../../../src/domain/secrets/rotation.js';
import { begunRotation, course, rotating } from '../../../builders/rotating.js';

const AT = '2026-01-01T00:00:00.000Z';
const done: PhaseEvent = { kind: 'done' };
const running: Refusal = { kind: 'conflict', code: 'rotation-running', message: 'it runs', hint: 'End it: …' };

function after(count: number, more: Partial<Rotation> = {}, end: readonly PhaseEvent[] = []): Secret {
  const events = [...Array.from({ length: count }, () => done), ...end];
  return course(rotating(begunRotation(AT, more)), AT, events).at(-1) as Secret;
}

describe('a secret that rotate-all does not rotate', () => {
  it('is skipped in its grace period, with the time until which the old value is valid', () => {
    expect(endingOfRefusal(running, after(6))).toEqual({
      result: 'skipped',
      message: 'version 4 is in force already, and version 3 stays valid until 2026-01-01T01:00:06.000Z',
      hint: null,
    });
  });

  it('is skipped while somebody else rotates it, and when that has just ended', () => {
    const { result, message } = endingOfRefusal(running, after(2));
    expect(result).toBe('skipped');
    expect(message).toContain(`by ada since ${AT} (phase store)`);
    expect(endingOfRefusal(running, after(9, { grace: '0s' })).result).toBe('skipped');
  });

  it('has failed when it is held or stuck, with the way out', () => {
    const failed = { result: 'failed', message: 'it runs', hint: 'End it: …' };
    expect(endingOfRefusal(running, after(3, { holdAt: 'distribute' }))).toEqual(failed);
    expect(endingOfRefusal(running, after(6, { holdAt: 'grace' }))).toEqual(failed);
    expect(endingOfRefusal(running, after(7, {}, [{ kind: 'failed', problem: 'sealed' }]))).toEqual(failed);
  });

  it('is skipped when it is the key of another operator or a person brings its value, and has failed with every other refusal', () => {
    const denied: Refusal = { kind: 'denied', code: 'not-own-key', message: 'it is of ada' };
    expect(endingOfRefusal(denied, undefined)).toEqual({ result: 'skipped', message: 'it is of ada', hint: null });
    const brought: Refusal = { kind: 'invalid', code: 'value-missing', message: 'no value', hint: 'Bring one.' };
    expect(endingOfRefusal(brought, undefined)).toMatchObject({ result: 'skipped', message: 'no value. Bring one.' });
    const other: Refusal = { kind: 'invalid', code: 'value-not-allowed', message: 'no file' };
    expect(endingOfRefusal(other, undefined)).toMatchObject({ result: 'failed', message: 'no file' });
  });
});

describe('the end of a rotation', () => {
  it.each<[Pick<Secret, 'kind' | 'settings'>, string]>([
    [{ kind: 'generic', settings: {} }, 'and version 3 is no longer in force; nobody was told.'],
    [
      { kind: 'generic', settings: { webhook: 'https://a.example' } },
      'and its consumers know that version 3 is revoked.',
    ],
    [{ kind: 'generic', settings: { command: 'reload' } }, 'and its consumers know that version 3 is revoked.'],
    [{ kind: 'tls-certificate', settings: {} }, 'and no proxy shows version 3 any more.'],
    [{ kind: 'vault-approle', settings: {} }, 'and version 3 is refused.'],
  ])('of %j says only what is known of the old value', ({ kind, settings }, said) => {
    const secret = newSecret({ name: 'x', kind, version: 4, edition: 'a'.repeat(24), settings });
    const ended = { id: 'x-1', strategy: 'immediate', result: 'completed', startedAt: AT, endedAt: AT } as const;
    const report = reportOf({ ...secret, lastRotation: { ...ended, problem: null, downMs: null } });
    expect(report && endingOfRotation(report).sentence).toContain(said);
  });
});
