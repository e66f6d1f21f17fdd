import {
  CancellationScope,
  condition,
  defineSignal,
  executeChild,
  isCancellation,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  uuid4,
  getExternalWorkflowHandle,
  ParentClosePolicy,
  startChild,
} from '@temporalio/workflow';
import type { OperationRequest } from './contracts/plan.js';
import { OPERATION_WORKFLOW, operationWorkflowId } from './contracts/operation.js';
import { type BypassActivities, type BypassView, bypassWorkflowId } from './contracts/bypass.js';
import { details, whoAndWhy } from './details.js';
import { ownPrefix } from './own-prefix.js';
import type { Initiator } from '../ports/workflows.js';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';

const { readBypass } = proxyLocalActivities<BypassActivities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '100ms', maximumInterval: '10s' },
  summary: 'Read the bypass from the log',
});

/** Signal that the bypass was extended or ended, so that its workflow reads the log again. */
export const BYPASS_CHANGED = defineSignal('changed');
const LOOKS = 20;
const SHORTEST_WAIT_MS = 5_000;
const AGAIN_AFTER_MS = 10_000;
const AGAIN = 'Wait before trying again to remove the bypass';

/**
 * Waits for the end of a route's bypass and then removes it from the log. The proxy ends the bypass by its own clock,
 * with or without this workflow. When this workflow is cancelled, a worker starts another after the end of the bypass:
 * whoever reaches Temporal can cancel it, and may change nothing in the log.
 */
export async function bypass(domain: string): Promise<void> {
  try {
    await untilEnded(domain);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(() => endNow(domain));
    throw error;
  }
}

async function untilEnded(domain: string): Promise<void> {
  let changed = false;
  let last: BypassView | null = null;
  setHandler(BYPASS_CHANGED, () => void (changed = true));
  for (;;) {
    changed = false;
    const found = viewOf(await readBypass(domain));
    if (found === null) return setCurrentDetails(bypassText(domain, 'bypass ended', last));
    last = found;
    const { until } = found;
    // Only the worker's clock may be past the end, when Temporal's is ahead: then it is asked again.
    const left = Math.max(Date.parse(until) - Date.now(), found.ending === null ? SHORTEST_WAIT_MS : 0);
    if (left > 0 && !found.ending) {
      setCurrentDetails(bypassText(domain, `bypass in force, ${spoken(left)} left`, found));
      // Wakes a few times to bring the time left up to date.
      const wait = Math.min(left, Math.max(SHORTEST_WAIT_MS, Math.ceil(left / LOOKS)));
      await condition(() => changed, wait, { summary: `Wait for the end of the bypass at ${until}` });
      continue;
    }
    setCurrentDetails(bypassText(domain, 'bypass over, removing it from the log', found));
    const ended = await endBypass(found.ending ?? endingOf(domain, until, `the bypass ended at ${until}`));
    if (!ended) await condition(() => changed, AGAIN_AFTER_MS, { summary: AGAIN });
  }
}

async function endNow(domain: string): Promise<void> {
  for (;;) {
    const found = viewOf(await readBypass(domain));
    if (found !== null && found.ending !== undefined)
      return setCurrentDetails(bypassText(domain, 'cancelled; a worker ends the bypass in time', found));
    setCurrentDetails(bypassText(domain, 'cancelled, removing the bypass from the log', found));
    if (found === null) return;
    const request = endingOf(domain, found.until, 'the workflow that ends the bypass was cancelled');
    if (!(await endBypass(request))) await sleep(AGAIN_AFTER_MS, { summary: AGAIN });
  }
}

/** Workers before 0.4 answered the end of the bypass alone. */
function viewOf(found: BypassView | string | null): BypassView | null {
  return typeof found === 'string' ? { until: found } : found;
}

function bypassText(domain: string, heading: string, bypass: BypassView | null): string {
  return details(heading, [
    ['route', domain],
    ['effect', bypass && 'everybody may visit without signing in'],
    ['until', bypass?.until],
    ['by', bypass?.by],
    ['reason', bypass?.reason],
  ]);
}

/** The request as workflows made it for workers before 0.6, for their histories. It has no proof and is refused. */
function endingOf(domain: string, until: string, reason: string): OperationRequest {
  const input = { domain, authBypass: 'off', endingAt: until };
  return { id: uuid4().slice(0, 13), operation: 'route.bypass', subject: domain, input, actor: 'hecate', reason };
}

async function endBypass(request: OperationRequest): Promise<boolean> {
  try {
    await executeChild(OPERATION_WORKFLOW, {
      workflowId: operationWorkflowId(ownPrefix(), request),
      args: [request],
      staticSummary: `End the bypass of sign-in: ${request.subject}`,
      staticDetails: whoAndWhy(request),
      workflowTaskTimeout: '2s',
    });
    return true;
  } catch {
    return false;
  }
}

function spoken(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  return minutes < 2 ? `${Math.round(ms / 1000)} s` : `${minutes} min`;
}

/** Starts the workflow that ends a bypass, or makes the running one read the log again. `initiator`: who began it, and why. */
export async function tendBypass(domain: string, initiator: Initiator): Promise<void> {
  const workflowId = bypassWorkflowId(ownPrefix(), domain);
  for (;;) {
    try {
      await startChild(bypass, {
        workflowId,
        args: [domain],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: `Bypass of sign-in: ${domain}`,
        staticDetails: whoAndWhy(initiator),
        workflowTaskTimeout: '2s',
      });
      return;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    try {
      await getExternalWorkflowHandle(workflowId).signal(BYPASS_CHANGED);
      return;
    } catch {
      // It ended in between: start another.
    }
  }
}
