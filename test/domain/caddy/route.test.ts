import { expect, it } from 'vitest';
import { routeHandlers } from '../../../src/domain/caddy/route.js';
import { noSecrets } from '../../../src/domain/middleware/resolved-secrets.js';
import { route } from '../../builders/log.js';
import { served } from '../../builders/served.js';
import { healthCheck } from '../../builders/health-check.js';

it('only the own proxy of a route runs its health check, not those of its bypass', () => {
  const guarded = route('app.example.com', { requireMFA: true });
  const usual = served(guarded);
  const pool = usual.pool && { ...usual.pool, healthCheck: healthCheck() };
  const bypass = {
    domain: 'app.example.com',
    since: '2026-01-01T00:00:00.000Z',
    until: '2026-01-01T01:00:00.000Z',
    reason: null,
  };
  const handlers = routeHandlers({ ...usual, pool, bypass }, { httpPort: 80 }, noSecrets);
  const texts = JSON.stringify(handlers);
  expect(texts.split('"stream_timeout"').length).toBeGreaterThan(2);
  expect(texts.split('"/health"')).toHaveLength(2);
});
