import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { approves, sealed } from '../../../src/activities/plan/sealed-plan.js';
import { changeOf, type Change } from '../../../src/domain/log/commit.js';
import { failoverRoute } from '../../../src/operations/routes/failover-route.js';
import { bypassRoute } from '../../../src/operations/routes/bypass-route.js';
import { startCanary } from '../../../src/operations/canaries/start-canary.js';
import type { Operation } from '../../../src/operations/operation.js';
import { context, quiet } from '../../builders/answers.js';
import { route, routeChange, stateWith } from '../../builders/log.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const state = stateWith(route('app.example.com', { backupUpstream: 'localhost:4000', requireMFA: true }));
const hash = (changes: readonly Change[], now: string) =>
  sealed({ sha256 }, 'id', changes, [], { expect: { hosts: [] }, warnings: [], signIn: {}, now }).hash;

/** The hash of an operation's plan, decided at a time for a reason. */
function planned(operation: Operation, more: object, now: string, reason: string | null = null) {
  const input = operation.input.parse({ domain: 'app.example.com', ...more });
  const decided = operation.decide(state, input, quiet, { ...context, now, reason });
  if (decided.kind !== 'change') throw new Error(decided.refusal.message);
  return hash(decided.changes, now);
}

const noon = '2026-01-01T12:00:00.000Z';
const later = '2026-01-01T12:04:31.250Z';

describe('the hash of a plan', () => {
  it.each([
    ['a canary', startCanary, { canaryUpstream: 'localhost:3001', canaryPercentage: 10 }],
    ['a failover', failoverRoute, { failover: 'on' }],
    ['a bypass', bypassRoute, { authBypass: 'on', duration: '1h' }],
  ])('of %s is the same at the run, whatever the time and the reason', (_, operation, input) => {
    const shown = planned(operation, input, noon);
    expect(planned(operation as unknown as Operation, input, later, 'outage 12')).toBe(shown);
  });

  it('covers how long a bypass lasts', () => {
    const lasting = (duration: string) => planned(bypassRoute, { authBypass: 'on', duration }, noon);
    expect(lasting('2h')).not.toBe(lasting('1h'));
  });

  it('covers the times that the log had before', () => {
    const since = '2026-01-01T11:00:00.000Z';
    const held = { domain: 'app.example.com', since, until: later, reason: 'x' };
    const extended = changeOf('Bypass', held.domain, held, { ...held, until: '2026-01-01T14:00:00.000Z' });
    const anew = changeOf('Bypass', held.domain, held, { ...held, since: noon, until: '2026-01-01T14:00:00.000Z' });
    expect(hash([extended], noon)).not.toBe(hash([anew], noon));
  });

  it('covers every field of a route, also one that looks like a time', () => {
    const before = route('app.example.com');
    const changed = (label: string) => hash([routeChange(before, { ...before, label })], noon);
    expect(changed(noon)).not.toBe(changed(later));
  });
});

describe('approval by a shortened hash', () => {
  const plan = { hash: `abcdef0${'1'.repeat(57)}` };
  it.each([
    ['abcdef0', true],
    ['ABCDEF01', true],
    [plan.hash, true],
    ['abcdef', false],
    ['abcdef2', false],
    ['', false],
  ])('%j: %s', (given, is) => {
    expect(approves(given, plan)).toBe(is);
  });
});
