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
import { OPERATION_WORKFLOW } from './contracts/operation.js';
import { type BypassActivities, bypassWorkflowId } from './contracts/bypass.js';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';

const { readBypass } = proxyLocalActivities<BypassActivities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '100ms', maximumInterval: '10s' },
});

export const BYPASS_CHANGED = defineSignal('changed');
const LOOKS = 20;
const SHORTEST_WAIT_MS = 5_000;
const AGAIN_AFTER_MS = 10_000;

/**
 * Waits for the end of a route's bypass and takes it out of the log then. The proxy has stopped letting people in by that
 * time, by its own clock, whether this runs or not. A signal means that the bypass was extended or ended early; who cancels
 * this ends the bypass, since nobody else would take it out of the log.
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
  setHandler(BYPASS_CHANGED, () => void (changed = true));
  for (;;) {
    changed = false;
    const until = await readBypass(domain);
    if (until === null) return setCurrentDetails(`the bypass of ${domain} has ended`);
    const left = Date.parse(until) - Date.now();
    if (left > 0) {
      setCurrentDetails(`**${spoken(left)} left**: ${domain} lets everybody in until ${until}`);
      // Wakes a few times to tell how long it still is.
      await condition(() => changed, Math.min(left, Math.max(SHORTEST_WAIT_MS, Math.ceil(left / LOOKS))));
      continue;
    }
    setCurrentDetails(`the bypass of ${domain} is over; it is being taken out of the log`);
    const ended = await endBypass(domain, until, `the bypass ended at ${until}`);
    if (!ended) await condition(() => changed, AGAIN_AFTER_MS);
  }
}

async function endNow(domain: string): Promise<void> {
  setCurrentDetails(`cancelled: the bypass of ${domain} is being taken out of the log`);
  for (let until = await readBypass(domain); until !== null; until = await readBypass(domain)) {
    if (!(await endBypass(domain, until, 'the workflow that ends the bypass was cancelled')))
      await sleep(AGAIN_AFTER_MS);
  }
}

async function endBypass(domain: string, until: string, reason: string): Promise<boolean> {
  const id = uuid4().slice(0, 13);
  const request: OperationRequest = {
    id,
    operation: 'route.bypass',
    subject: domain,
    input: { domain, authBypass: 'off', endingAt: until },
    actor: 'hecate',
    reason,
  };
  try {
    await executeChild(OPERATION_WORKFLOW, {
      workflowId: `${request.operation}/${domain}/${id}`,
      args: [request],
      staticSummary: `end of the bypass of sign-in: ${domain}`,
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

/** Makes sure that somebody ends this bypass on time: starts its workflow, or tells the one that runs to look again. */
export async function tendBypass(domain: string): Promise<void> {
  const workflowId = bypassWorkflowId(domain);
  for (;;) {
    try {
      await startChild(bypass, {
        workflowId,
        args: [domain],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: `bypass of sign-in: ${domain}`,
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
