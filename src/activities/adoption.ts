import type { Change } from '../domain/commit.js';
import type { State } from '../domain/state.js';
import { adoptDrift } from '../operations/adopt-drift.js';
import { Failure } from '../ports/failure.js';
import { answerFromLog } from './answer-from-log.js';
import { answer } from './answer-questions.js';
import type { Dependencies } from './dependencies.js';

/** What adopting would change in the log now, or why it is refused. Writes nothing. */
export async function adoption(
  deps: Dependencies,
  state: State,
): Promise<{ readonly changes: readonly Change[]; readonly refusal: string | null }> {
  try {
    const first = { ...(await answerFromLog(deps.log, [])), desired: () => null };
    const answers = { ...(await answer(deps, adoptDrift.questions?.(state, {}, first) ?? [])), ...first };
    const context = { now: deps.now(), reason: null, isPreview: true, longestBypassMs: deps.longestBypassMs };
    const decided = adoptDrift.decide(state, {}, answers, context);
    if (decided.kind === 'refuse') return { changes: [], refusal: decided.refusal.message };
    return { changes: decided.changes, refusal: null };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { changes: [], refusal: error.message };
  }
}
