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
import type { CanaryMemory } from '../domain/canary/memory.js';
import { OPERATION_WORKFLOW } from './contracts/operation.js';
import { type OperationRequest } from './contracts/plan.js';
import { LOOK_UPDATE, type CanaryActivities, type CanaryTurn, type CanaryView } from './contracts/canary.js';
import { canaryText } from './canary-text.js';

const { lookAtCanary } = proxyLocalActivities<CanaryActivities>({
  startToCloseTimeout: '60s',
  retry: { initialInterval: '100ms', maximumInterval: '10s' },
});

const AGAIN_AFTER_MS = 5_000;

/** Somebody who asked for a look. */
interface Asker {
  answer: { readonly view: CanaryView | null } | null;
}

/**
 * Tends a route's canary until it is promoted or rolled back: looks at it, waits, and has every step carried out as an
 * operation of its own. What it decided on is in the operation's input, so that nothing is done to another state. While no
 * worker runs the traffic stays as it is; afterwards it goes on where it was.
 */
export async function canary(domain: string, kept: CanaryMemory | null = null, longestHistory = 4_000): Promise<void> {
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
      setCurrentDetails(`the canary of ${domain} has ended`);
      await condition(isServed);
      // One that was started meanwhile is tended too.
      if (askers.length === 0) return;
      continue;
    }
    memory = look.memory;
    setCurrentDetails(canaryText(look.view, Date.now()));
    const pauseMs = await take(domain, look.turn);
    if (workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > longestHistory) {
      // Before it waits: somebody who asks all the time would keep the old history for ever.
      await condition(isServed);
      if (askers.length === 0) await continueAsNew<typeof canary>(domain, memory, longestHistory);
    }
    if (pauseMs > 0) await condition(() => askers.length > 0, pauseMs);
  }
}

/** Does what a look said; answers how long to wait before the next one. */
async function take(domain: string, turn: CanaryTurn): Promise<number> {
  if (turn.kind === 'wait') return turn.ms;
  const id = uuid4().slice(0, 13);
  const { operation, input, reason } = turn;
  const request: OperationRequest = { id, operation, subject: domain, input, actor: 'hecate', reason };
  try {
    await executeChild(OPERATION_WORKFLOW, {
      workflowId: `${operation}/${domain}/${id}`,
      args: [request],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `canary of ${domain}: ${reason}`.slice(0, LONGEST_SUMMARY),
      workflowTaskTimeout: '2s',
    });
    return 0;
  } catch {
    return AGAIN_AFTER_MS;
  }
}

const LONGEST_SUMMARY = 200;
