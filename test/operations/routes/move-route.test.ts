import { describe, expect, it } from 'vitest';
import { moveRoute } from '../../../src/operations/routes/move-route.js';
import { context, quiet } from '../../builders/answers.js';
import { entries, route, stateWith } from '../../builders/log.js';
import { isSame } from '../../../src/domain/data/fields.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import { fold } from '../../../src/domain/log/state.js';
import type { AuthPolicy } from '../../../src/domain/resources/auth-policy.js';
import { usualTls } from '../../../src/domain/resources/tls.js';
import { healthCheck } from '../../builders/health-check.js';

const held = stateWith(route('app.example.com', { headers: { 'X-A': '1' } }), route('old.example.com'));
const staff: AuthPolicy = {
  name: 'staff',
  provider: 'authentik',
  flow: null,
  groups: ['staff'],
  createGroups: false,
  requireMFA: false,
  metadata: {},
  source: null,
};
const move = (domain: string, to: string, force = false) => moveRoute.input.parse({ domain, to, force });

describe('move route', () => {
  it('refuses the host of the admin API', () => {
    const answers = { ...quiet, adminHost: () => 'shop.example.com' };
    const decision = moveRoute.decide(held, move('app.example.com', 'shop.example.com'), answers, context);
    expect(decision).toMatchObject({ refusal: { code: 'admin-host', kind: 'conflict' } });
  });

  it('moves everything the route says in one commit', () => {
    const decision = moveRoute.decide(held, move('app.example.com', 'shop.example.com'), quiet, context);
    expect(decision).toMatchObject({
      changes: [
        { name: 'shop.example.com', before: null, after: { domain: 'shop.example.com', headers: { 'X-A': '1' } } },
        { name: 'app.example.com', after: null },
      ],
      expect: { hosts: ['shop.example.com', 'app.example.com'] },
    });
  });

  it('asks for the facts of the certificate that moves with the route', () => {
    const certificate = { chain: 'PEM', fingerprint: 'ab'.repeat(32), notAfter: '2030-01-01T00:00:00.000Z' };
    const state = stateWith(route('own.example.com', { tls: { ...usualTls, certificate } }));
    const questions = moveRoute.questions?.(state, move('own.example.com', 'shop.example.com', true), quiet);
    expect(questions).toEqual([{ kind: 'certificate', chain: 'PEM' }]);
  });

  it('keeps every field of the route but its domain', () => {
    const everything = route('full.example.com', {
      label: 'shop',
      upstream: 'localhost:4000',
      headers: { 'X-A': '1' },
      healthCheck: healthCheck({ interval: '10s' }),
      authPolicy: 'staff',
      requireMFA: true,
      backupUpstream: 'localhost:4001',
      autoFailover: true,
      middleware: ['compression'],
      tls: { ...usualTls, minVersion: '1.3', forceHTTPS: true },
      source: 'apps',
    });
    const plain = route('full.example.com');
    const unset = (Object.keys(plain) as (keyof typeof plain)[]).filter((name) =>
      isSame(everything[name], plain[name]),
    );
    expect(unset).toEqual(['domain']);
    const state = fold(stateWith(everything), entries({ policy: [changeOf('AuthPolicy', 'staff', null, staff)] }));
    const decision = moveRoute.decide(state, move('full.example.com', 'shop.example.com'), quiet, context);
    expect(decision).toMatchObject({ kind: 'change' });
    const changes = decision.kind === 'change' ? decision.changes : [];
    expect(changes[0]).toEqual(
      changeOf('Route', 'shop.example.com', null, { ...everything, domain: 'shop.example.com' }),
    );
    expect(changes[1]).toEqual(changeOf('Route', 'full.example.com', everything, null));
  });

  it('refuses a domain that is taken', () => {
    const decision = moveRoute.decide(held, move('app.example.com', 'old.example.com'), quiet, context);
    expect(decision).toMatchObject({ refusal: { kind: 'conflict', code: 'route-exists' } });
  });

  it('refuses a route that is not there', () => {
    const decision = moveRoute.decide(held, move('nowhere.example.com', 'shop.example.com'), quiet, context);
    expect(decision).toMatchObject({ refusal: { kind: 'missing' } });
  });

  it('changes nothing when both domains are the same', () => {
    const decision = moveRoute.decide(held, move('app.example.com', 'app.example.com'), quiet, context);
    expect(decision).toMatchObject({ kind: 'change', changes: [] });
  });
});
