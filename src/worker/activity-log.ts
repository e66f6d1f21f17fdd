import { Context } from '@temporalio/activity';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { Logger } from 'pino';
import { OPERATION_WORKFLOW } from '../workflows/contracts/operation.js';
import { currentOperation } from './current-operation.js';

/** Paths of values that no line of the worker's log has, whatever an error or an SDK attaches to it. */
export const REDACTED = ['password', 'token', 'secret', 'authorization', 'cookie', 'apiKey'].flatMap((name) => [
  name,
  `*.${name}`,
  `err.*.${name}`,
]);

/**
 * Returns an interceptor that logs the end of each activity with the id of its workflow. For an operation, this is the id that
 * the command printed and that its commit has. Activities of other workflows are logged at level `debug`, failures always.
 */
export function activityLog(logger: Logger): ActivityInterceptorsFactory {
  return () => ({
    inbound: {
      async execute(input, next) {
        const { workflowType, activityType: activity, attempt } = Context.current().info;
        const began = performance.now();
        const about = () => ({
          ...{ operation: currentOperation(), workflow: workflowType, activity, attempt },
          ms: Math.round(performance.now() - began),
        });
        try {
          const result: unknown = await next(input);
          logger[workflowType === OPERATION_WORKFLOW ? 'info' : 'debug'](about(), 'activity done');
          return result;
        } catch (error) {
          logger.warn({ ...about(), err: error }, 'activity failed');
          throw error;
        }
      },
    },
  });
}
