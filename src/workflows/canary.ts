import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineUpdate,
  executeChild,
  ParentClosePolicy,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import { OPERATION_WORKFLOW, operationWorkflowId } from './contracts/operation.js';
import { type OperationRequest } from './contracts/plan.js';
import {
  LOOK_UPDATE,
  type CanaryActivities,
  type CanaryTurn,
  type CanaryView,
  type KeptMemory,
} from './contracts/canary.js';
import { canaryText } from './canary-text.js';
import { details, whoAndWhy } from './details.js';
import { ownPrefix } from './own-prefix.js';

const { lookAtCanary } = proxyLocalActivities<CanaryActivities>({
  startToCloseTimeout: '60s',
  retry: { initialInterval: '100ms', maximumInterval: '10s' },
  summary: 'Measure the canary and analyse it',
});

const AGAIN_AFTER_MS = 5_000;

/** A caller of the update who waits for a look. */
interface Asker {
  answer: { readonly view: CanaryView | null } | null;
}

/**
 * Runs a route's canary until it is promoted or rolled back: measures it, waits, and carries out every step as an
 * operation of its own. The operation's input names the revision that was analysed, so a canary that changed meanwhile is
 * left alone. Without a worker the traffic stays as it is; the next worker continues from there.
 */
export async function canary(domain: string, kept: KeptMemory | null = null, longestHistory = 4_000): Promise<void> {
  const askers: Asker[] = [];
  setHandler(defineUpdate<CanaryView | null>(LOOK_UPDATE), async () => {
    const asker: Asker = { answer: null };
    askers.push(asker);
    await condition(() => asker.answer !== null);
    return asker.answer?.view ?? null;
  });
  const isServed = () => allHandlersFinished() || askers.length > 0;
  for (let memory = kept; ;) {
    const asking = askers.splice(0);
    const look = await lookAtCanary(domain, new Date().toISOString(), memory);
    for (const asker of asking) asker.answer = { view: look?.view ?? null };
    if (look === null) {
      setCurrentDetails(details('canary ended', [['route', domain]]));
      await condition(isServed);
      // Another canary may have been started meanwhile.
      if (askers.length === 0) return;
      continue;
    }
    memory = look.memory;
    setCurrentDetails(canaryText(look.view, Date.now()));
    const pauseMs = await take(domain, look.turn);
    if (workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > longestHistory) {
      // Before the wait: a caller who asks all the time would keep the old history for ever.
      await condition(isServed);
      if (askers.length === 0) await continueAsNew<typeof canary>(domain, memory, longestHistory);
    }
    if (pauseMs > 0) await condition(() => askers.length > 0, pauseMs, { summary: 'Wait before the next measurement' });
  }
}

/** Carries out the next action of a look; returns how long to wait before the next look, in milliseconds. */
async function take(domain: string, turn: CanaryTurn): Promise<number> {
  if (turn.kind === 'wait') return turn.ms;
  const { operation, input, reason } = turn;
  // Workers before 0.6 left the request to the workflow. Such a request has no proof and is refused.
  const request: OperationRequest = turn.request ?? {
    ...{ id: uuid4().slice(0, 13), operation, subject: domain, input, actor: 'hecate', reason },
  };
  try {
    await executeChild(OPERATION_WORKFLOW, {
      workflowId: operationWorkflowId(ownPrefix(), request),
      args: [request],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `Canary of ${domain}: ${reason}`.slice(0, LONGEST_SUMMARY),
      staticDetails: whoAndWhy(request),
      workflowTaskTimeout: '2s',
    });
    return 0;
  } catch {
    return AGAIN_AFTER_MS;
  }
}

const LONGEST_SUMMARY = 200;
