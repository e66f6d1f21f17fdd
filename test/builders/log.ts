import { changeOf, type Change, type CommitDraft, type LogEntry } from '../../src/domain/log/commit.js';
import { plainRoute, type Route } from '../../src/domain/resources/route.js';
import { emptyState, fold, type State } from '../../src/domain/log/state.js';

/** A route to localhost:3000 unless said otherwise. */
export function route(domain: string, more: Partial<Route> = {}): Route {
  return { ...plainRoute(domain, 'localhost:3000'), ...more };
}

export function routeChange(before: Route | null, after: Route | null): Change {
  return changeOf('Route', (after ?? before)?.domain ?? '', before, after);
}

/** A log of commits by id, each ended as completed unless it is in `open`. */
export function entries(commits: Record<string, readonly Change[]>, open: readonly string[] = []): LogEntry[] {
  let sequence = 0;
  return Object.entries(commits).flatMap(([id, changes]): LogEntry[] => {
    sequence++;
    const at = `2026-01-01T00:00:${String(sequence).padStart(2, '0')}.000Z`;
    const commit: LogEntry = {
      position: { sequence, hash: `hash-${sequence}` },
      message: {
        type: 'committed',
        id,
        at,
        actor: 'ada',
        reason: null,
        operation: 'route.create',
        workflowId: `w/${id}`,
        changes,
        previous: null,
      },
    };
    if (open.includes(id)) return [commit];
    sequence++;
    return [
      commit,
      {
        position: { sequence, hash: `hash-${sequence}` },
        message: { type: 'ended', id, at, result: 'completed', detail: null, behind: [] },
      },
    ];
  });
}

/** The state after creating these routes. */
export function stateWith(...routes: Route[]): State {
  return fold(
    emptyState,
    entries(Object.fromEntries(routes.map((r) => [`create-${r.domain}`, [routeChange(null, r)]]))),
  );
}

/** A commit that creates `<id>.example.com`, not yet in a log. */
export function draft(id: string, more: Partial<CommitDraft> = {}): CommitDraft {
  const changes = [routeChange(null, route(`${id.toLowerCase()}.example.com`))];
  const at = '2026-01-01T00:00:00.000Z';
  return { id, at, actor: 'ada', reason: null, operation: 'route.create', workflowId: `w/${id}`, changes, ...more };
}
