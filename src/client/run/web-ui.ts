import type { WorkflowHandle } from '@temporalio/client';
import type { Connections } from '../../stack/connections.js';

/**
 * Returns the address of the Web UI's page with a run's progress, result, who and why; null: no Web UI is configured.
 * Names the run, so that it stays right when the workflow id is used again.
 */
export async function detailsPage({ temporal }: Connections, handle: WorkflowHandle): Promise<string | null> {
  if (temporal.ui === null) return null;
  const workflow = `${temporal.ui}/namespaces/${temporal.namespace}/workflows/${encodeURIComponent(handle.workflowId)}`;
  const run = await handle.describe().then(
    ({ runId }) => runId,
    () => null,
  );
  return run === null ? workflow : `${workflow}/${run}/user-metadata`;
}
