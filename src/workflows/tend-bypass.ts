import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { getExternalWorkflowHandle, ParentClosePolicy, startChild } from '@temporalio/workflow';
import { bypassWorkflowId } from './contracts/bypass.js';
import { bypass, BYPASS_CHANGED } from './bypass.js';

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
