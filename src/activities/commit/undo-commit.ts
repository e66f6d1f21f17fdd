import { Failure } from '../../ports/failure.js';
import type { Undone } from '../../workflows/contracts/plan.js';
import { appendInverse } from './append-inverse.js';
import type { Dependencies } from '../dependencies.js';

/** Takes a commit back, or fences it when it never happened. Idempotent; retried by the workflow while unavailable. */
export async function undoCommit(
  deps: Pick<Dependencies, 'log' | 'converger' | 'now'>,
  id: string,
  reason: string,
): Promise<Undone> {
  try {
    const { message } = (await deps.log.find(id)) ?? (await deps.log.abort(id, deps.now()));
    if (message.type === 'aborted') return { kind: 'undone', behind: [] };
    await appendInverse(deps, message, reason);
    return await deps.converger.convergeUndo();
  } catch (error) {
    if (error instanceof Failure && error.kind === 'lost') return { kind: 'stuck', message: error.message };
    throw error;
  }
}
