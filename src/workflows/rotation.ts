import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineSignal,
  executeChild,
  ParentClosePolicy,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { OPERATION_WORKFLOW, operationWorkflowId } from './contracts/operation.js';
import type { OperationRequest } from './contracts/plan.js';
import { ROTATION_CHANGED, type RotationActivities, type RotationView } from './contracts/rotation.js';
import { details, whoAndWhy } from './details.js';
import { ownPrefix } from './own-prefix.js';

const { advanceRotation } = proxyLocalActivities<RotationActivities>({
  startToCloseTimeout: '90s',
  retry: { initialInterval: '250ms', maximumInterval: '10s' },
  summary: 'Do the work of the phase, and record it in the log',
});

const LONGEST_SUMMARY = 200;

/**
 * Takes the rotation of a secret through its phases. The log decides the phase, so this workflow may be lost at any time: the
 * worker starts another. Ends when the log has no rotation of the secret.
 */
export async function rotation(name: string, longestHistory = 4_000): Promise<void> {
  let isChanged = false;
  setHandler(defineSignal(ROTATION_CHANGED), () => void (isChanged = true));
  const changedWithin = (ms: number | null, summary: string) =>
    ms === null ? condition(() => isChanged) : condition(() => isChanged, ms, { summary });
  for (;;) {
    isChanged = false;
    const step = await advanceRotation(name);
    if (step.kind === 'ended') {
      setCurrentDetails(details('rotation ended', [['secret', name], ['result', step.result], ['reason', step.problem]])); // prettier-ignore
      // Another rotation may have begun meanwhile.
      if (!isChanged && allHandlersFinished()) return;
      continue;
    }
    setCurrentDetails(rotationText(name, step.view));
    switch (step.kind) {
      case 'next':
        break;
      case 'wait':
        await changedWithin(step.ms, 'Wait for the end of the grace period');
        break;
      case 'retry':
        await changedWithin(step.ms, `Wait before trying again: ${step.problem}`.slice(0, LONGEST_SUMMARY));
        break;
      case 'operate':
        if (!(await carryOut(step.request, step.summary)))
          await changedWithin(step.ms, 'Wait before trying to write the proxies again');
    }
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    if (!isChanged && (continueAsNewSuggested || historyLength > longestHistory)) {
      await continueAsNew<typeof rotation>(name, longestHistory);
    }
  }
}

/** Returns true when the operation completed. The log knows why it did not. */
async function carryOut(request: OperationRequest, summary: string): Promise<boolean> {
  try {
    await executeChild(OPERATION_WORKFLOW, {
      workflowId: operationWorkflowId(ownPrefix(), request),
      args: [request],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: summary.slice(0, LONGEST_SUMMARY),
      staticDetails: whoAndWhy(request),
      workflowTaskTimeout: '2s',
    });
    return true;
  } catch {
    return false;
  }
}

function rotationText(name: string, view: RotationView): string {
  const { kind, strategy, phase, phaseSince, by, startedAt, graceUntil, isHeld, isStuck, problem, course } = view;
  const state = isStuck ? 'stuck: a person must act' : isHeld ? `held before ${phase}` : phase;
  const at = course.indexOf(phase);
  return details(
    `${strategy} rotation: ${state}`,
    [
      ['secret', `${name} (${kind})`],
      ['by', by],
      ['since', startedAt],
      ['phase', `${phase}, since ${phaseSince}`],
      ['problem', problem],
      ['next', isHeld || isStuck ? `hecate finish secret rotation, name ${name}` : (course[at + 1] ?? null)],
      ['old value valid until', graceUntil],
    ],
    at > 0 ? course.slice(0, at).map((done) => `${done}: done`) : [],
  );
}
