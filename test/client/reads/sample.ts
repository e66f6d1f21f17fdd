import type { LogEntry } from '../../../src/domain/log/commit.js';
import { route, routeChange } from '../../builders/log.js';

/** The commit that creates the n-th route, and its outcome. */
export function routeCreate(n: number): LogEntry[] {
  const id = `id-${n}`;
  const at = '2026-01-01T00:00:00.000Z';
  const changes = [routeChange(null, route(`app-${n}.example.com`))];
  const commit = { id, at, actor: 'ada', reason: null, operation: 'route.create', workflowId: `w/${id}`, changes };
  return [
    { position: { sequence: 2 * n + 1, hash: '' }, message: { type: 'committed', previous: null, ...commit } },
    {
      position: { sequence: 2 * n + 2, hash: '' },
      message: { type: 'ended', id, at, result: 'completed', detail: null, behind: [] },
    },
  ];
}
