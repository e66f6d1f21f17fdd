import { Failure } from '../../ports/failure.js';
import type { Undone } from '../../workflows/contracts/plan.js';
import { appendInverse } from './append-inverse.js';
import type { Committing } from './append-commit.js';

/** Dependencies for undoing a commit: the log, and the converger that writes the undone state to the proxies. */
export interface Undoing extends Committing {
  readonly converger: { convergeUndo(sequence: number): Promise<Undone> };
}

/** Undoes a commit with its inverse, or fences its id when it was never written. Idempotent; the workflow retries `unavailable`. */
export async function undoCommit(deps: Undoing, id: string, reason: string): Promise<Undone> {
  try {
    const { message, position } = (await deps.log.find(id)) ?? (await deps.log.abort(id, deps.now()));
    if (message.type === 'aborted') return { kind: 'undone', behind: [], wasCommitted: false };
    await appendInverse(deps, message, reason);
    return await deps.converger.convergeUndo(position.sequence);
  } catch (error) {
    if (error instanceof Failure && error.kind === 'lost') return { kind: 'stuck', message: error.message };
    throw error;
  }
}
