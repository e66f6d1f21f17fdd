import { inverse, type Commit } from '../domain/commit.js';
import type { Undone } from '../workflows/activities.js';
import type { Dependencies } from './dependencies.js';

/** Id of the commit that takes back `id`; whoever appends it first wins, the others find it. */
export function undoId(id: string): string {
  return `undo:${id}`;
}

/** Takes a commit back, or fences it when it never happened. Idempotent; retried by the workflow while unavailable. */
export async function undoCommit(
  deps: Pick<Dependencies, 'log' | 'converger' | 'now'>,
  id: string,
  reason: string,
): Promise<Undone> {
  const { message } = (await deps.log.find(id)) ?? (await deps.log.abort(id, deps.now()));
  if (message.type === 'aborted') return { kind: 'undone', behind: [] };
  await appendInverse(deps, message, reason);
  return deps.converger.convergeUndo();
}

/** Appends the inverse of a commit at the log's end. Idempotent by {@link undoId}. */
export async function appendInverse(
  deps: Pick<Dependencies, 'log' | 'now'>,
  commit: Commit,
  reason: string,
): Promise<void> {
  const draft = {
    id: undoId(commit.id),
    at: deps.now(),
    actor: commit.actor,
    reason,
    operation: commit.operation,
    workflowId: commit.workflowId,
    changes: inverse(commit.changes),
    undoes: commit.id,
  };
  for (;;) {
    const { state } = await deps.log.view();
    const result = await deps.log.append(draft, state.head);
    if (result.kind !== 'moved') return;
  }
}
