import {
  continueAsNew,
  executeChild,
  ParentClosePolicy,
  proxyLocalActivities,
  setCurrentDetails,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { OPERATION_WORKFLOW, operationWorkflowId } from './contracts/operation.js';
import type { OperationRequest } from './contracts/plan.js';
import type { ProbationActivities } from './contracts/probation.js';
import { details, whoAndWhy } from './details.js';
import { ownPrefix } from './own-prefix.js';

const { lookAtProbation } = proxyLocalActivities<ProbationActivities>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '100ms', maximumInterval: '10s' },
  summary: 'Judge the change by the figures of its routes',
});

const AGAIN_AFTER_MS = 15_000;
const LONGEST_SUMMARY = 200;

/**
 * Judges a change until its probation ends: undoes it when its routes get worse, and else ends the probation in the log. Both are
 * operations of their own. Everything is in the log, so a worker starts this workflow again when it is missing.
 */
export async function probation(operation: string): Promise<void> {
  for (;;) {
    const look = await lookAtProbation(operation);
    if (look === null) return setCurrentDetails(details('probation ended', [['operation', operation]]));
    const { routes, until, sentence, request, againMs } = look;
    const facts = [['operation', operation], ['routes', routes.join(', ')], ['until', until], ['figures', sentence]] as const; // prettier-ignore
    setCurrentDetails(details('on probation', facts));
    const isDone = request !== null && (await carriedOut(request));
    if (!isDone)
      await sleep(request === null ? againMs : AGAIN_AFTER_MS, { summary: 'Wait before the next judgement' });
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof probation>(operation);
  }
}

/** Returns false when the operation was refused or failed; the next look decides anew. */
async function carriedOut(request: OperationRequest): Promise<boolean> {
  try {
    await executeChild(OPERATION_WORKFLOW, {
      workflowId: operationWorkflowId(ownPrefix(), request),
      args: [request],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `Probation of ${request.subject}: ${request.reason}`.slice(0, LONGEST_SUMMARY),
      staticDetails: whoAndWhy(request),
      workflowTaskTimeout: '2s',
    });
    return true;
  } catch {
    return false;
  }
}
