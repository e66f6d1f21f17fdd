import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, type WorkflowBundle } from '@temporalio/worker';
import { bundleWorkflows } from '../builders/workflow-bundle.js';
import { ensureServer } from '../../src/stack/servers/ensure-server.js';

/** A Temporal server of its own and the bundle of our workflows. `skipping`: its clock jumps over waits; updates need `real`. */
export async function startFlows(clock: 'skipping' | 'real'): Promise<{
  env: TestWorkflowEnvironment;
  bundle: WorkflowBundle;
}> {
  // Activities fail here on purpose.
  const logger = new DefaultLogger('ERROR');
  Runtime.install({ logger });
  const path = await ensureServer(clock === 'skipping' ? 'temporal-test-server' : 'temporal', process.env);
  const server = { server: { executable: { type: 'existing-path' as const, path } } };
  const [env, bundle] = await Promise.all([
    clock === 'skipping'
      ? TestWorkflowEnvironment.createTimeSkipping(server)
      : TestWorkflowEnvironment.createLocal(server),
    bundleWorkflows(logger),
  ]);
  return { env, bundle };
}
