import { expect, it } from 'vitest';
import { upstreamHandlers } from '../../../src/domain/caddy/upstream.js';
import { plainRoute } from '../../../src/domain/resources/route.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import { emptyState, fold } from '../../../src/domain/log/state.js';
import { plainUpstream } from '../../../src/domain/resources/upstream.js';
import { entries } from '../../builders/log.js';
import { poolOf } from '../../../src/domain/serving/pool.js';
import { served } from '../../builders/served.js';

const route = { ...plainRoute('app.example.com', 'main:1'), backupUpstream: 'backup:2' };
const backup = poolOf(emptyState, 'backup:2');
const failover = { domain: route.domain, since: '2026-01-01T00:00:00.000Z', reason: null };
const answeredBy = (more: Parameters<typeof served>[2]) => JSON.stringify(upstreamHandlers(served(route, 1, more)));

it('cuts a slow answer no sooner when the same server has a name', () => {
  const upstream = plainUpstream('main', [{ address: 'main:1', weight: 1 }]);
  const state = fold(emptyState, entries({ pool: [changeOf('Upstream', 'main', null, upstream)] }));
  const named = upstreamHandlers(served(route, 1, { pool: poolOf(state, 'main') }));
  expect(named).toEqual(upstreamHandlers(served(route)));
  expect(JSON.stringify(named)).not.toContain('response_header_timeout');
});

it('a route in failover is answered by its backup only', () => {
  const handler = answeredBy({ backup, failover });
  expect(handler).toContain('backup:2');
  expect(handler).not.toContain('main:1');
});

it('a route with a backup is answered by its upstream while no failover is in force', () => {
  const handler = answeredBy({ backup });
  expect(handler).toContain('main:1');
  expect(handler).not.toContain('backup:2');
});
