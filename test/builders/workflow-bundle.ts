import { join } from 'node:path';
import { bundleWorkflowCode, type Logger, type WorkflowBundle } from '@temporalio/worker';

const folder = join(import.meta.dirname, '../../src/workflows');

/** Bundles the workflows as the build does, with what stands before each of them. */
export function bundleWorkflows(logger: Logger): Promise<WorkflowBundle> {
  return bundleWorkflowCode({
    workflowsPath: join(folder, 'index.ts'),
    workflowInterceptorModules: [join(folder, 'entry/interceptors.ts')],
    payloadConverterPath: join(folder, 'entry/payload-converter.ts'),
    logger,
  });
}
