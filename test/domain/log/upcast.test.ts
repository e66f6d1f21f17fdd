import { describe, expect, it } from 'vitest';
import { inverse, type Commit } from '../../../src/domain/log/commit.js';
import { find, fold, emptyState } from '../../../src/domain/log/state.js';
import { upcastMessage } from '../../../src/domain/log/upcast.js';
import { authPolicySchema } from '../../../src/domain/resources/auth-policy.js';
import { canarySchema } from '../../../src/domain/resources/canary.js';
import { routeSchema } from '../../../src/domain/resources/route.js';
import { upstreamSchema } from '../../../src/domain/resources/upstream.js';
import { olderLogs, storedCommits } from '../../builders/older-logs.js';
import { healthCheck } from '../../builders/health-check.js';

const schemas = { Route: routeSchema, AuthPolicy: authPolicySchema, Canary: canarySchema, Upstream: upstreamSchema };

describe('a log of an older version', () => {
  for (const file of olderLogs) {
    it(`${file} is read as resources of today`, () => {
      for (const { changes } of storedCommits(file).map(upcastMessage) as Commit[]) {
        for (const { kind, before, after } of changes) {
          const schema = schemas[kind as keyof typeof schemas].nullable();
          // Strict schemas: a field too many or too few fails.
          expect([before, after]).toEqual([schema.parse(before), schema.parse(after)]);
        }
      }
    });
  }

  it('lifts what a resource was as it lifts what it became, so that undo and rollback give the same', () => {
    for (const file of olderLogs) {
      for (const message of storedCommits(file)) {
        const lifted = upcastMessage(message) as Commit;
        const backwards = upcastMessage({ ...message, changes: inverse(message.changes) }) as Commit;
        expect(backwards.changes).toEqual(inverse(lifted.changes));
      }
    }
  });

  it('has created, updated and deleted resources', () => {
    for (const file of olderLogs) {
      const changes = storedCommits(file).flatMap((commit) => commit.changes);
      const shapes = changes.map(
        ({ before, after }) => `${before === null ? 'absent' : 'present'} to ${after === null ? 'absent' : 'present'}`,
      );
      expect(new Set(shapes)).toEqual(new Set(['absent to present', 'present to present', 'present to absent']));
    }
  });

  it('keeps what version 1 said, and adds nothing that changes its meaning', () => {
    expect(find(stateOf('version-1.json'), 'Route', 'app.example.com')?.value).toEqual({
      ...{ domain: 'app.example.com', label: null, upstream: 'localhost:3000', headers: { 'X-Env': 'production' } },
      ...{ healthCheck: healthCheck({ interval: '15s' }), authPolicy: null, requireMFA: false },
      ...{ backupUpstream: null, autoFailover: false, middleware: [], source: null },
      tls: { minVersion: '1.2', ciphers: [], certificate: null, autoHTTPS: false, forceHTTPS: false },
    });
  });

  it('keeps the sign-in of version 2', () => {
    const state = stateOf('version-2.json');
    expect(find(state, 'Route', 'app.example.com')?.value).toMatchObject({ authPolicy: 'staff', requireMFA: true });
    expect(find(state, 'AuthPolicy', 'staff')?.value).toMatchObject({ requireMFA: true, createGroups: true });
  });

  it('keeps failover, TLS and canary limits of version 3 under the names of manifests', () => {
    const state = stateOf('version-3.json');
    expect(find(state, 'Route', 'shop.example.com')?.value).toMatchObject({
      autoFailover: true,
      tls: { minVersion: '1.3', autoHTTPS: true, forceHTTPS: true },
    });
    expect(find(state, 'Canary', 'shop.example.com')?.value).toMatchObject({
      paused: true,
      limits: { maxErrorRate: 1, maxLatencyP99: '500ms', minRequests: 100 },
    });
  });

  it('gives health checks of version 4 the settings that they had, and none of their own', () => {
    const state = stateOf('version-4.json');
    const usual = { timeout: '5s', status: null, host: null, failureThreshold: 3, successThreshold: 2 };
    expect(find(state, 'Route', 'api.example.com')?.value.healthCheck).toEqual({
      ...{ path: '/health', interval: '15s' },
      ...usual,
    });
    expect(find(state, 'Upstream', 'shop')?.value.healthCheck).toEqual({
      ...{ path: '/health', interval: '30s' },
      ...{ ...usual, status: '2xx' },
    });
  });

  it('comes back as it is once it was lifted', () => {
    for (const file of olderLogs) {
      for (const message of storedCommits(file).map(upcastMessage)) expect(upcastMessage(message)).toBe(message);
    }
  });
});

function stateOf(file: string) {
  const entries = storedCommits(file).map((message, index) => ({
    position: { sequence: index + 1, hash: 'x' },
    message: upcastMessage(message) as Commit,
  }));
  return fold(emptyState, entries);
}
