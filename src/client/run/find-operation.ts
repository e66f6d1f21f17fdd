import { ServiceError, WorkflowNotFoundError, type WorkflowClient, type WorkflowHandle } from '@temporalio/client';
import { prefixIn, withoutPrefix, withPrefix } from '../../domain/values/environment-name.js';
import { Failure } from '../../ports/failure.js';
import { OPERATION_WORKFLOW } from '../../workflows/contracts/operation.js';
import { BYPASS_WORKFLOW } from '../../workflows/contracts/bypass.js';

/** The environment whose operations are found and listed, and the address of Temporal, for messages. */
export interface OperationsPlace {
  readonly prefix: string;
  readonly address: string;
}

/**
 * Finds a running or ended operation of this environment by its workflow id, with or without the prefix, or its short id.
 * Throws `missing`, `invalid` for another kind of workflow, and `unavailable` when Temporal does not answer.
 */
export async function findOperation(
  client: WorkflowClient,
  id: string,
  { prefix, address }: OperationsPlace,
): Promise<WorkflowHandle> {
  try {
    if (![prefix, ''].includes(prefixIn(id))) throw unknownOperation(id);
    const short = withoutPrefix(id);
    const workflowId = short.includes('/') ? withPrefix(prefix, short) : await workflowIdOf(client, prefix, short);
    const handle = client.getHandle(workflowId);
    const { type } = await handle.describe();
    if (type === OPERATION_WORKFLOW) return handle;
    throw new Failure('invalid', `${id} is not an operation`, { hint: wayOut(type, workflowId) });
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw unknownOperation(id);
    throw temporalFailure(error, address, `find ${id}`);
  }
}

/** Returns the error about an operation that does not exist. */
export function unknownOperation(id: string): Failure {
  return new Failure('missing', `operation ${id} does not exist`, { hint: 'List them: hecate list operations' });
}

/** Returns the error of a failed call to Temporal: `unavailable` with Temporal's message. Other errors pass. */
export function temporalFailure(error: unknown, address: string, what: string): unknown {
  if (!(error instanceof ServiceError)) return error;
  const words = error.cause instanceof Error ? error.cause.message : error.message;
  return new Failure('unavailable', `temporal at ${address} did not ${what}: ${words}`, {
    system: 'temporal',
    hint: 'See what runs: hecate status. Start the stack: hecate up',
    cause: error,
  });
}

async function workflowIdOf(client: WorkflowClient, prefix: string, id: string): Promise<string> {
  const query = `WorkflowType = '${OPERATION_WORKFLOW}' AND WorkflowId STARTS_WITH '${withPrefix(prefix, '')}'`;
  for await (const { workflowId } of client.list({ query })) {
    if (workflowId.endsWith(`/${id}`)) return workflowId;
  }
  throw unknownOperation(id);
}

function wayOut(type: string, workflowId: string): string {
  const [, domain = ''] = withoutPrefix(workflowId).split('/', 2);
  return type === BYPASS_WORKFLOW
    ? `End the bypass: hecate update route --domain ${domain} --auth-bypass=off`
    : 'List operations: hecate list operations';
}
