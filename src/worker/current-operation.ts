import { asyncLocalStorage } from '@temporalio/activity';
import { withoutPrefix } from '../domain/values/environment-name.js';
import { OPERATION_WORKFLOW } from '../workflows/contracts/operation.js';

/**
 * Returns the id of the operation whose activity runs now, which the command printed and its commit has; for another workflow,
 * its id without the environment's prefix. Null outside of activities.
 */
export function currentOperation(): string | null {
  const info = asyncLocalStorage.getStore()?.info;
  const id = info?.workflowExecution?.workflowId;
  if (id === undefined) return null;
  return info?.workflowType === OPERATION_WORKFLOW ? id.slice(id.lastIndexOf('/') + 1) : withoutPrefix(id);
}
