import { expect, it } from 'vitest';
import { reverseProxy } from '../../../src/domain/caddy/reverse-proxy.js';
import type { Json } from '../../../src/domain/data/json.js';
import { poolOf, type Pool } from '../../../src/domain/serving/pool.js';
import { emptyState } from '../../../src/domain/log/state.js';
import { healthCheck } from '../../builders/health-check.js';

function activeCheck(check: Pool['healthCheck']): Json {
  const pool = { ...(poolOf(emptyState, 'app:80') as Pool), healthCheck: check };
  return (reverseProxy(pool, { headers: { set: {}, delete: [] } })['health_checks'] as { active: Json }).active;
}

it('asks as the health check says', () => {
  const check = healthCheck({
    ...{ interval: '10s', timeout: '2s', status: '3xx', host: 'app.example.com' },
    ...{ failureThreshold: 1, successThreshold: 4 },
  });
  expect(activeCheck(check)).toEqual({
    ...{ uri: '/health', interval: '10s', timeout: '2s', fails: 1, passes: 4, expect_status: 3 },
    headers: { Host: ['app.example.com'] },
  });
});

it('leaves status and host to Caddy where none is set', () => {
  expect(activeCheck(healthCheck())).toEqual({ uri: '/health', interval: '30s', timeout: '5s', fails: 3, passes: 2 });
});
