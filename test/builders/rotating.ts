import { newSecret, type Secret } from '../../src/domain/resources/secret.js';
import { afterEvent, type PhaseEvent, type Rotation } from '../../src/domain/secrets/rotation.js';

/** Ids of the value in force and of the new one. */
export const EDITIONS = { former: 'abcdefghijklmnop', next: 'ponmlkjihgfedcba' } as const;

/** A dual-secret rotation of the secret `team` from version 3 to 4, as it begins at `at`. */
export function begunRotation(at: string, more: Partial<Rotation> = {}): Rotation {
  return {
    ...{ id: 'team-1', strategy: 'dual-secret', revokesFirst: false, phase: 'preflight', phaseSince: at },
    ...{ startedAt: at, by: 'ada', older: null, isBrought: false, grace: '1h', graceUntil: null },
    ...{ former: { version: 3, edition: EDITIONS.former }, next: { version: 4, edition: EDITIONS.next } },
    ...{
      holdAt: null,
      isHeld: false,
      maxAttempts: 10,
      attempts: 0,
      problem: null,
      isStuck: false,
      revokedAt: null,
      downMs: null,
    },
    ...more,
  };
}

/** A dual-secret rotation from version 1 to 2 that proves its new value. */
export const runningRotation: Rotation = begunRotation('2026-01-01T12:00:00.000Z', {
  ...{ id: 'billing-2', phase: 'prove' },
  ...{ former: { version: 1, edition: 'a'.repeat(24) }, next: { version: 2, edition: 'b'.repeat(24) } },
});

/** The secret `team` in version 3 with this rotation. */
export function rotating(rotation: Rotation | null): Secret {
  return { ...newSecret({ name: 'team', kind: 'basic-auth', version: 3, edition: EDITIONS.former }), rotation };
}

/** The secrets after each event, a second apart from `from` on; the first is the one given. */
export function course(secret: Secret, from: string, events: readonly PhaseEvent[]): Secret[] {
  const secrets = [secret];
  for (const [index, event] of events.entries()) {
    const at = new Date(Date.parse(from) + (index + 1) * 1_000).toISOString();
    secrets.push(afterEvent(secrets.at(-1) ?? secret, event, at));
  }
  return secrets;
}
