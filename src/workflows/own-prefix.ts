import { workflowInfo } from '@temporalio/workflow';
import { prefixIn } from '../domain/values/environment-name.js';

/**
 * Returns the environment's prefix from the id of the workflow that asks, so that what it starts belongs to the same
 * environment. Empty in histories of workers before 0.6, whose workflows had no prefix.
 */
export function ownPrefix(): string {
  return prefixIn(workflowInfo().workflowId);
}
