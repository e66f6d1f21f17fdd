import type { Answers, LogAnswers } from '../../src/operations/questions.js';
import type { Context } from '../../src/operations/operation.js';

/** A log that was not asked. */
const notAsked: LogAnswers = { stateAt: () => null, commit: () => null, applies: () => null };

/** A world in which everything answers, nothing is busy, and authentik has what is asked for. */
export const quiet: Answers = {
  ...notAsked,
  upstream: () => ({ kind: 'answered', status: 200 }),
  recentRequests: () => 0,
  missingGroups: () => [],
  hasFlow: () => true,
  clockSkewMs: () => 0,
  proxiesWithout: () => [],
  ownPart: () => null,
  unreadableLogs: () => [],
  identityHost: () => 'id.example.com',
  adminHost: () => null,
  desired: () => null,
  restored: () => null,
  configured: () => null,
  certificate: () => null,
  key: () => 'missing',
  secretValueProblem: () => null,
  secretCertificate: () => null,
  isKept: () => true,
};

/** Noon of a day, no reason given. */
export const context: Context = {
  now: '2026-01-01T12:00:00.000Z',
  actor: 'ada',
  reason: null,
  isPreview: false,
  longestBypassMs: 24 * 3_600_000,
};
