import { Context } from '@temporalio/activity';

/** The run that an activity serves. Temporal names it, so a caller cannot choose it freely. */
export interface Caller {
  /** Full id of the workflow, or of a standalone activity. */
  readonly workflowId: string;
  readonly runId: string;
  /** Nobody's workflow: the activity was started by itself. */
  readonly isStandalone: boolean;
  /** Name of the activity. */
  readonly activity: string;
}

/** Returns the caller of the running activity. */
export function callerHere(): Caller {
  const { workflowExecution, activityId, activityRunId = '', activityType: activity } = Context.current().info;
  return workflowExecution === undefined
    ? { workflowId: activityId, runId: activityRunId, isStandalone: true, activity }
    : { ...workflowExecution, isStandalone: false, activity };
}
