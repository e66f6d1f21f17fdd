/** Whether the workflow behind a commit still lives. Throws `Failure('unavailable')` when that cannot be found out. */
export interface RunningOperations {
  /** False when it completed, failed, was terminated, or is not known any more. */
  isRunning(workflowId: string): Promise<boolean>;
}
