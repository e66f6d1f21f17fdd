import type { Rotation } from '../../src/domain/secrets/rotation.js';

/** A dual-secret rotation that proves its new value. */
export const runningRotation: Rotation = {
  id: 'billing-2',
  strategy: 'dual-secret',
  revokesFirst: false,
  phase: 'prove',
  phaseSince: '2026-01-01T12:00:00.000Z',
  startedAt: '2026-01-01T12:00:00.000Z',
  by: 'ada',
  former: { version: 1, edition: 'a'.repeat(24) },
  next: { version: 2, edition: 'b'.repeat(24) },
  older: null,
  isBrought: false,
  grace: '1h',
  graceUntil: null,
  holdAt: null,
  isHeld: false,
  maxAttempts: 10,
  attempts: 0,
  problem: null,
  isStuck: false,
  revokedAt: null,
  downMs: null,
};
