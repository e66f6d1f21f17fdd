import type { CommitDraft } from '../../domain/log/commit.js';
import type { ResourceKey } from '../../domain/resources/kinds.js';
import { saidOrigin } from '../trust/bounded.js';
import { revisionOf, type State } from '../../domain/log/state.js';
import type { Committed, OperationRequest, Plan } from '../../workflows/contracts/plan.js';
import type { ProbationTerms } from '../../domain/resources/probation.js';
import { probationChange, termsOf } from '../probation/put-on-probation.js';
import type { EventLog } from '../../ports/event-log.js';

/** The log and the clock that committing uses. */
export interface Committing {
  readonly log: EventLog;
  /** Current time, ISO 8601 UTC with milliseconds. */
  readonly now: () => string;
  /** Terms of probation of changes that name none; null or absent: they have no probation. */
  readonly usualProbation?: ProbationTerms | null;
}

/**
 * Appends a plan's commit to the log. When others appended first without touching what the plan read, it appends the
 * same plan again at once: planning anew each time would never finish under load. Idempotent by the operation's id.
 */
export async function appendCommit(
  deps: Committing,
  request: OperationRequest,
  workflowId: string,
  plan: Plan,
): Promise<Committed> {
  const at = deps.now();
  const terms = termsOf(request, deps.usualProbation ?? null);
  const draftOn = (state: State): CommitDraft => ({
    id: request.id,
    at,
    actor: request.actor,
    ...(request.onBehalfOf === undefined ? {} : { onBehalfOf: request.onBehalfOf }),
    reason: request.reason,
    ...(plan.proof === undefined ? {} : { proof: plan.proof }),
    ...saidOrigin(request),
    operation: request.operation,
    workflowId,
    changes: [...plan.changes, ...probationChange(state, plan.changes, { id: request.id, at, terms })],
    ...(plan.merge && plan.merge.superseded.length > 0 ? { supersedes: plan.merge.superseded } : {}),
  });
  for (;;) {
    const { state } = await deps.log.view();
    const stale = isStale(state, plan);
    if (stale) {
      const found = await deps.log.find(request.id);
      if (!found) return { kind: 'stale' };
      return found.message.type === 'committed' ? { kind: 'committed', position: found.position } : { kind: 'aborted' };
    }
    const result = await deps.log.append(draftOn(state), state.head);
    if (result.kind === 'appended') return { kind: 'committed', position: result.position };
    if (result.kind === 'moved') continue;
    return result.message.type === 'committed' ? { kind: 'committed', position: result.position } : { kind: 'aborted' };
  }
}

function isStale(state: State, plan: Plan): boolean {
  return plan.reads.some(({ key, revision }) => revisionOf(state, key as ResourceKey) !== revision);
}
