import type { OpenCommit } from '../../domain/log/state.js';
import type { RunningOperations } from '../../ports/workflows.js';
import { undoCommit, type Undoing } from './undo-commit.js';

const DETAIL = 'its workflow ended without an outcome';

/** Dependencies for settling an abandoned commit. */
export interface Settling extends Undoing {
  readonly running: RunningOperations;
}

/**
 * Undoes an open commit whose workflow is gone: terminated, or ended while the log was unreachable. Its caller never
 * learned that it was done. Returns false while the workflow runs. Idempotent.
 */
export async function settleAbandoned(deps: Settling, open: OpenCommit): Promise<boolean> {
  if (await deps.running.isRunning(open.workflowId)) return false;
  if (await deps.log.outcome(open.id)) return true;
  const undone = await undoCommit(deps, open.id, DETAIL);
  const behind = undone.kind === 'undone' ? undone.behind : [];
  await deps.log.record({ id: open.id, at: deps.now(), result: undone.kind, detail: DETAIL, behind });
  return true;
}

/** Settles every abandoned open commit and returns how many there were. Asks nothing while no commit is open. */
export async function settleAllAbandoned(deps: Settling): Promise<number> {
  const { state } = await deps.log.view();
  let settled = 0;
  for (const open of state.open.values()) if (await settleAbandoned(deps, open)) settled++;
  return settled;
}
