import { ServiceError, WorkflowNotFoundError, type WorkflowClient, type WorkflowHandle } from '@temporalio/client';
import { Failure } from '../../ports/failure.js';
import { OPERATION_WORKFLOW } from '../../workflows/contracts/operation.js';
import { BYPASS_WORKFLOW } from '../../workflows/contracts/bypass.js';

/**
 * A running or ended operation, by workflow id or by the short id at its end. Throws `missing`; `invalid` when the id names
 * a workflow that is no operation, since nothing could be said of how it ended; `unavailable` when Temporal does not answer.
 */
export async function findOperation(client: WorkflowClient, id: string, address: string): Promise<WorkflowHandle> {
  try {
    const workflowId = id.includes('/') ? id : await workflowIdOf(client, id);
    const handle = client.getHandle(workflowId);
    const { type } = await handle.describe();
    if (type === OPERATION_WORKFLOW) return handle;
    throw new Failure('invalid', `${id} is no operation`, { hint: wayOut(type, workflowId) });
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw unknownOperation(id);
    throw temporalFailure(error, address, `find ${id}`);
  }
}

/** What is said of an operation that nobody knows. */
export function unknownOperation(id: string): Failure {
  return new Failure('missing', `there is no operation ${id}`, { hint: 'List them: hecate history' });
}

/** What a call that Temporal refused means: its own failure is `unavailable` with its words; anything else stays what it is. */
export function temporalFailure(error: unknown, address: string, what: string): unknown {
  if (!(error instanceof ServiceError)) return error;
  const words = error.cause instanceof Error ? error.cause.message : error.message;
  return new Failure('unavailable', `temporal at ${address} did not ${what}: ${words}`, {
    system: 'temporal',
    hint: 'Look at: hecate status. Start it with: hecate up',
    cause: error,
  });
}

async function workflowIdOf(client: WorkflowClient, id: string): Promise<string> {
  for await (const { workflowId } of client.list({ query: `WorkflowType = '${OPERATION_WORKFLOW}'` })) {
    if (workflowId.endsWith(`/${id}`)) return workflowId;
  }
  throw unknownOperation(id);
}

function wayOut(type: string, workflowId: string): string {
  const [, domain = ''] = workflowId.split('/', 2);
  return type === BYPASS_WORKFLOW
    ? `End the bypass: hecate update route --domain ${domain} --auth-bypass=off`
    : 'List operations: hecate history';
}
