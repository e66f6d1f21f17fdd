import { describe, expect, it } from 'vitest';
import { poolOf, withHealthCheck, type Pool } from '../../../src/domain/serving/pool.js';
import { emptyState } from '../../../src/domain/log/state.js';
import { route } from '../../builders/log.js';
import { healthCheck } from '../../builders/health-check.js';

const pool = (address: string, check: Pool['healthCheck'] = null): Pool => ({
  ...(poolOf(emptyState, address) as Pool),
  healthCheck: check,
});

describe('the health check that runs for a route', () => {
  it.each([
    ['asks with the route’s host', 'app.example.com', 'app:80', healthCheck(), 'app.example.com'],
    [
      'asks a wildcard with a name that no route has',
      '*.example.com',
      'app:80',
      healthCheck(),
      'hecate-probe.example.com',
    ],
    ['asks with the host that is set', 'app.example.com', 'app:80', healthCheck({ host: 'x.test' }), 'x.test'],
    [
      'asks over TLS with the server’s own address, as visitors do',
      'app.example.com',
      'https://app',
      healthCheck(),
      null,
    ],
    [
      'asks over TLS with the host that is set',
      'app.example.com',
      'https://app',
      healthCheck({ host: 'x.test' }),
      'x.test',
    ],
  ])('%s', (_title, domain, address, check, host) => {
    expect(withHealthCheck(pool(address), route(domain, { healthCheck: check })).healthCheck?.host).toBe(host);
    expect(withHealthCheck(pool(address, check), route(domain)).healthCheck?.host).toBe(host);
  });

  it('is the route’s own, with all its settings, else the upstream’s', () => {
    const [own, shared] = [
      healthCheck({ path: '/own', timeout: '1s' }),
      healthCheck({ path: '/shared', timeout: '9s' }),
    ];
    const host = 'app.example.com';
    expect(withHealthCheck(pool('app:80', shared), route(host, { healthCheck: own })).healthCheck).toEqual({
      ...own,
      host,
    });
    expect(withHealthCheck(pool('app:80', shared), route(host)).healthCheck).toEqual({ ...shared, host });
    expect(withHealthCheck(pool('app:80'), route(host)).healthCheck).toBeNull();
  });
});
