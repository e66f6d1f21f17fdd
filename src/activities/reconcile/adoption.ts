import type { Change } from '../../domain/log/commit.js';
import type { State } from '../../domain/log/state.js';
import { adoptDrift } from '../../operations/manifests/adopt-drift.js';
import { Failure } from '../../ports/failure.js';
import { decideOperation } from '../plan/decide-operation.js';
import type { Dependencies } from '../dependencies.js';

/** Returns what adopting would change in the log now, or why it is refused. Writes nothing. */
export async function adoption(
  deps: Dependencies,
  state: State,
  actor: string,
): Promise<{ readonly changes: readonly Change[]; readonly refusal: string | null }> {
  try {
    const request = { actor, reason: null, isPreview: true as const };
    const { decided } = await decideOperation(
      deps,
      adoptDrift,
      { request, input: {}, desired: null, restored: null },
      state,
    );
    if (decided.kind === 'refuse') return { changes: [], refusal: decided.refusal.message };
    return { changes: decided.changes, refusal: null };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { changes: [], refusal: error.message };
  }
}
