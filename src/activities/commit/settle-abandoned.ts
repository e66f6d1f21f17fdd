import { all, type OpenCommit } from '../../domain/log/state.js';
import { writerPatienceMs } from '../../domain/identity/patience.js';
import type { RunningOperations } from '../../ports/workflows.js';
import { undoCommit, type Undoing } from './undo-commit.js';

const DETAIL = 'its workflow ended without an outcome';
const STUCK_DETAIL = 'its workflow did not come to an end';

/** Dependencies for settling an abandoned commit. */
export interface Settling extends Undoing {
  readonly running: RunningOperations;
}

/**
 * Undoes an open commit whose workflow is gone: terminated, or ended while the log was unreachable, or ended by somebody who
 * answers its tasks in our place. Its caller never learned that it was done. Returns false while the workflow runs. Idempotent.
 */
export async function settleAbandoned(deps: Settling, open: OpenCommit): Promise<boolean> {
  if (await deps.running.isRunning(open.workflowId)) return false;
  return settle(deps, open, DETAIL);
}

async function settle(deps: Settling, open: OpenCommit, detail: string): Promise<boolean> {
  if (await deps.log.outcome(open.id)) return true;
  const undone = await undoCommit(deps, open.id, detail);
  const behind = undone.kind === 'undone' ? undone.behind : [];
  await deps.log.record({ id: open.id, at: deps.now(), result: undone.kind, detail, behind });
  return true;
}

/** Settles every abandoned open commit and returns how many there were. Asks nothing while no commit is open. */
export async function settleAllAbandoned(deps: Settling): Promise<number> {
  const { state } = await deps.log.view();
  let settled = 0;
  for (const open of state.open.values()) if (await settleAbandoned(deps, open)) settled++;
  return settled;
}

/** Time for the steps of an operation beside the identity provider, with their retries. */
const LONGEST_STEPS_MS = 900_000;

/**
 * Creates a function that ends operations which take longer than all of their steps may: their workflows wait for ever, such
 * as when somebody holds back their tasks. It terminates the workflow, undoes the commit, and returns how many there were.
 * The time begins when this worker first sees the commit open, so a worker that was away ends nothing at once.
 */
export function createOverdueSettler(elapsedMs: () => number): (deps: Settling) => Promise<number> {
  const seenAt = new Map<string, number>();
  return async (deps) => {
    const { state } = await deps.log.view();
    for (const id of seenAt.keys()) if (!state.open.has(id)) seenAt.delete(id);
    // Providing, withdrawing and undoing each wait for the identity provider.
    const longestMs = LONGEST_STEPS_MS + 3 * writerPatienceMs(all(state, 'Route').length);
    let settled = 0;
    for (const open of state.open.values()) {
      const since = seenAt.get(open.id) ?? elapsedMs();
      seenAt.set(open.id, since);
      if (elapsedMs() - since < longestMs) continue;
      await deps.running.terminate(open.workflowId, STUCK_DETAIL);
      if (await settle(deps, open, STUCK_DETAIL)) settled++;
    }
    return settled;
  };
}
