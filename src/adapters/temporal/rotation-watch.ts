import type { Client } from '@temporalio/client';
import type { Initiator, RotationWatch } from '../../ports/workflows.js';
import { Failure } from '../../ports/failure.js';
import { createRunningOperations } from './running-operations.js';

/** Names of the workflow that rotates a secret, and of the signal that makes it read the log again. */
export interface RotationNames {
  readonly workflow: string;
  readonly workflowId: (name: string) => string;
  readonly signal: string;
  readonly taskQueue: string;
  /** Text of the Web UI's details. */
  readonly details: (initiator: Initiator) => string;
}

/** Creates {@link RotationWatch}: one workflow for each secret. Its id contains the name, so Temporal never runs two. */
export function createRotationWatch(client: Client, names: RotationNames): RotationWatch {
  const running = createRunningOperations(client, names.taskQueue);
  return {
    isTended: (name) => running.isRunning(names.workflowId(name)),
    async tend(name, initiator) {
      try {
        await client.workflow.signalWithStart(names.workflow, {
          workflowId: names.workflowId(name),
          taskQueue: names.taskQueue,
          args: [name],
          signal: names.signal,
          signalArgs: [],
          workflowTaskTimeout: '2s',
          staticSummary: `Rotation of the secret ${name}`,
          ...(initiator === undefined ? {} : { staticDetails: names.details(initiator) }),
        });
      } catch (cause) {
        throw new Failure('unavailable', `temporal did not start the workflow that rotates ${name}`, {
          system: 'temporal',
          hint: 'Start the stack: hecate up. Its state: hecate status',
          cause,
        });
      }
    },
  };
}
