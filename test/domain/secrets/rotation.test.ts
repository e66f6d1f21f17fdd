import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newSecret, secretSchema, type Secret } from '../../../src/domain/resources/secret.js';
import { editionAt } from '../../../src/domain/secrets/edition.js';
import {
  acceptedEditions,
  afterEvent,
  courseOf,
  isCommitted,
  type PhaseEvent,
  type Rotation,
} from '../../../src/domain/secrets/rotation.js';

const start = Date.parse('2026-01-01T00:00:00.000Z');
const at = (seconds: number) => new Date(start + seconds * 1_000).toISOString();
const [first, second] = [editionAt(1, at(0)), editionAt(2, at(1))];

function rotating(more: Partial<Rotation> = {}): Secret {
  const rotation: Rotation = {
    ...{ id: 'r1', strategy: 'dual-secret', revokesFirst: false, phase: 'preflight', phaseSince: at(0) },
    ...{ startedAt: at(0), by: 'anna', older: null, isBrought: false, grace: '1h', graceUntil: null },
    ...{ former: { version: 1, edition: first }, next: { version: 2, edition: second } },
    ...{
      holdAt: null,
      isHeld: false,
      maxAttempts: 3,
      attempts: 0,
      problem: null,
      isStuck: false,
      revokedAt: null,
      downMs: null,
    },
    ...more,
  };
  return { ...newSecret({ name: 'team', kind: 'basic-auth', version: 1, edition: first }), rotation };
}

/** Applies events one second apart. */
function after(secret: Secret, ...events: readonly PhaseEvent[]): Secret {
  return events.reduce((held, event, index) => afterEvent(held, event, at(index + 1)), secret);
}

const done: PhaseEvent = { kind: 'done' };
const times = (count: number) => Array.from({ length: count }, () => done);

describe('dual-secret', () => {
  it('has both values accepted from distribute to the end of the grace period', () => {
    const accepted = courseOf({ strategy: 'dual-secret', revokesFirst: false }).map((phase, index) => {
      const secret = after(rotating(), ...times(index));
      expect(secret.rotation?.phase).toBe(phase);
      return [phase, acceptedEditions(secret).map(({ version }) => version)];
    });
    expect(Object.fromEntries(accepted)).toEqual({
      ...{ preflight: [1], issue: [1], store: [1], distribute: [1, 2], prove: [1, 2], commit: [1, 2] },
      ...{ grace: [2, 1], revoke: [2], 'prove-refused': [2] },
    });
  });

  it('moves the value in force at the commit point, and the grace period begins then', () => {
    const before = after(rotating(), ...times(5));
    expect([before.version, before.edition]).toEqual([1, first]);
    const secret = after(before, done);
    expect(secret).toMatchObject({ version: 2, edition: second, since: at(1) });
    expect(secret.rotation).toMatchObject({ phase: 'grace', graceUntil: '2026-01-01T01:00:01.000Z' });
  });

  it('is undone by a failure before the commit point, and needs a person afterwards', () => {
    const failed: PhaseEvent = { kind: 'failed', problem: 'authentik refuses' };
    const undoing = after(rotating(), ...times(3), failed);
    expect(undoing.rotation).toMatchObject({ phase: 'undo', problem: 'authentik refuses' });
    expect(acceptedEditions(undoing)).toEqual([{ version: 1, edition: first }]);
    const undone = after(undoing, done);
    expect(undone).toMatchObject({ version: 1, rotation: null, lastRotation: { result: 'undone' } });
    const stuck = after(rotating(), ...times(7), failed);
    expect(stuck.rotation).toMatchObject({ phase: 'revoke', isStuck: true });
    expect(after(stuck, { kind: 'finish' }).rotation).toMatchObject({ phase: 'revoke', isStuck: false, problem: null });
  });

  it('that fails in its preflight has changed nothing, so nothing is undone', () => {
    const secret = after(rotating(), { kind: 'failed', problem: 'sealed' });
    expect(secret).toMatchObject({ rotation: null, lastRotation: { result: 'undone', problem: 'sealed' } });
  });

  it('waits at a phase for a person', () => {
    const held = after(rotating({ holdAt: 'commit' }), ...times(5));
    expect(held.rotation).toMatchObject({ phase: 'commit', isHeld: true });
    expect(after(held, { kind: 'finish' }).rotation).toMatchObject({ phase: 'commit', isHeld: false });
    expect(after(held, { kind: 'cancelled', by: 'ben' }).rotation).toMatchObject({ phase: 'undo', isHeld: false });
  });

  it('ends its grace period at once when a person finishes it', () => {
    const grace = after(rotating({ grace: 'until-next' }), ...times(6));
    expect(grace.rotation).toMatchObject({ phase: 'grace', graceUntil: null });
    expect(after(grace, { kind: 'finish' }).rotation).toMatchObject({ graceUntil: at(1) });
  });

  it('has an outcome of its own for a value that is accepted after it was revoked', () => {
    const secret = after(rotating(), ...times(8), { kind: 'still-accepted', problem: 'still accepted' });
    expect(secret).toMatchObject({ version: 2, rotation: null, lastRotation: { result: 'still-accepted' } });
  });

  it('remembers who was seen with the new value', () => {
    const uses = { kind: 'done', consumers: [{ name: 'worker a', since: at(3) }] } as const;
    expect(after(rotating(), ...times(4), uses).consumers).toEqual([{ name: 'worker a', version: 2, since: at(3) }]);
  });
});

describe('immediate', () => {
  it('counts the time from the revocation of the old value to the proof of the new one', () => {
    const secret = after(rotating({ strategy: 'immediate', grace: '0s' }), ...times(8));
    // It is revoked in the second before the prove phase begins.
    expect(secret.lastRotation).toMatchObject({ result: 'completed', downMs: 2_000 });
  });

  it('with a leaked value revokes first, and cannot be undone after that', () => {
    const leaked = rotating({ strategy: 'immediate', revokesFirst: true, grace: '0s' });
    const revoked = after(leaked, ...times(2));
    expect(acceptedEditions(revoked)).toEqual([]);
    expect(after(revoked, { kind: 'failed', problem: 'down' }).rotation).toMatchObject({
      phase: 'issue',
      isStuck: true,
    });
    expect(after(leaked, ...times(8))).toMatchObject({ version: 2, rotation: null });
  });
});

it('keeps its promises whatever happens: the value in force changes once, at the commit point, and the log can hold each step', () => {
  const event: fc.Arbitrary<PhaseEvent> = fc.oneof(
    { weight: 6, arbitrary: fc.constant(done) },
    fc.constant<PhaseEvent>({ kind: 'failing', problem: 'x'.repeat(3_000) }),
    fc.constant<PhaseEvent>({ kind: 'failed', problem: 'no' }),
    fc.constant<PhaseEvent>({ kind: 'finish' }),
  );
  const course = fc.record({
    strategy: fc.constantFrom('dual-secret' as const, 'immediate' as const),
    grace: fc.constantFrom('0s', '1h', 'until-next'),
    holdAt: fc.constantFrom(null, 'commit' as const, 'revoke' as const),
  });
  fc.assert(
    fc.property(course, fc.array(event, { maxLength: 25 }), (more, events) => {
      let secret = rotating(more);
      for (const [index, one] of events.entries()) {
        const { rotation } = secret;
        if (rotation === null) break;
        secret = afterEvent(secret, one, at(index + 1));
        expect(secretSchema.safeParse(secret).error).toBeUndefined();
        const accepted = acceptedEditions(secret);
        expect(accepted.length).toBeLessThanOrEqual(2);
        expect(accepted[0]?.edition).toBe(secret.edition);
        const hasMoved = secret.edition === second;
        const isNow = secret.rotation;
        if (isNow !== null) expect(hasMoved).toBe(isCommitted(isNow));
        else expect(hasMoved).toBe(secret.lastRotation?.result !== 'undone');
      }
    }),
  );
});

describe('a value that stays valid until the next rotation', () => {
  const third = editionAt(3, at(100));
  const older = { version: 1, edition: first };
  const again: Partial<Rotation> = {
    ...{ older, former: { version: 2, edition: second }, next: { version: 3, edition: third } },
  };
  const secret = { ...rotating(again), version: 2, edition: second };

  it('stays valid when that one fails before it changed anything, or is cancelled then', () => {
    for (const event of [
      { kind: 'failed', problem: 'down' },
      { kind: 'cancelled', by: 'ben' },
    ] as const) {
      const kept = afterEvent(secret, event, at(200));
      expect(kept.rotation).toMatchObject({ phase: 'grace', grace: 'until-next', former: older });
      expect(kept.lastRotation).toMatchObject({ result: 'undone' });
      expect(acceptedEditions(kept).map(({ version }) => version)).toEqual([2, 1]);
      expect(secretSchema.safeParse(kept).error).toBeUndefined();
    }
  });

  it('is revoked by that one before a new value is issued', () => {
    expect(acceptedEditions(secret).map(({ version }) => version)).toEqual([2, 1]);
    expect(acceptedEditions(after(secret, done)).map(({ version }) => version)).toEqual([2]);
  });
});

it('counts the attempts of a phase, also those that write the proxies, and begins again with the next phase', () => {
  const tried = after(rotating(), { kind: 'trying', problem: null }, { kind: 'failing', problem: 'down' });
  expect(tried.rotation).toMatchObject({ attempts: 2, problem: 'down' });
  expect(after(tried, done).rotation).toMatchObject({ attempts: 0, problem: null });
});
