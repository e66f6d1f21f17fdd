import { inverse, type Commit, undoId } from '../../domain/log/commit.js';
import type { Committing } from './append-commit.js';

/** Appends the inverse of a commit to the log. Idempotent by {@link undoId}. */
export async function appendInverse(deps: Committing, commit: Commit, reason: string): Promise<void> {
  const draft = {
    id: undoId(commit.id),
    at: deps.now(),
    actor: commit.actor,
    ...(commit.onBehalfOf === undefined ? {} : { onBehalfOf: commit.onBehalfOf }),
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
