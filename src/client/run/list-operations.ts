import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { withoutPrefix, withPrefix } from '../../domain/values/environment-name.js';
import type { WorkflowClient, WorkflowExecutionInfo, WorkflowHandle } from '@temporalio/client';
import { OPERATION_WORKFLOW, PROGRESS_QUERY, type Progress } from '../../workflows/contracts/operation.js';
import { BACKUP_WORKFLOW, type BackupResult } from '../../workflows/contracts/backup.js';
import { RECONCILE_WORKFLOW, type ReconcileResult } from '../../workflows/contracts/reconcile.js';
import { ROTATION_WORKFLOW } from '../../workflows/contracts/rotation.js';
import { rootOf } from '../connect/temporal-client.js';
import { endingOf } from './ending.js';
import { temporalFailure, type OperationsPlace } from './find-operation.js';
import { shortIdOf } from './operation-id.js';

/** An operation, a reconcile, a backup or the rotation of a secret as Temporal knows it. */
export interface ListedOperation {
  readonly id: string;
  readonly workflowId: string;
  /** Catalogue key, `reconcile`, `rotation`, or the key of a backup such as `backup.full`. */
  readonly operation: string;
  /** Domain or name that it changes; empty: none. */
  readonly subject: string;
  /** Null: a workflow started it. */
  readonly actor: string | null;
  /** Person or program for which the actor made it; absent: the actor itself. */
  readonly onBehalfOf?: string;
  readonly state: 'running' | 'completed' | 'unchanged' | 'refused' | 'undone' | 'stuck' | 'cancelled' | 'failed';
  /** The present step of one that runs, or why it ended so; null: unknown, or as planned. */
  readonly detail: string | null;
  /** ISO 8601 UTC. */
  readonly startedAt: string;
  /** Null: it runs. */
  readonly endedAt: string | null;
}

/** The operations to list. */
export interface OperationQuery {
  /** `failed`: ended otherwise than planned. */
  readonly only: 'running' | 'failed' | null;
  readonly limit: number;
}

const actorKey = defineSearchAttributeKey('HecateActor', SearchAttributeType.KEYWORD);
const subjectKey = defineSearchAttributeKey('HecateDomain', SearchAttributeType.KEYWORD);

const STATUS = {
  running: ` AND ExecutionStatus = 'Running'`,
  failed: ` AND ExecutionStatus IN ('Failed', 'Canceled', 'Terminated', 'TimedOut')`,
};

/**
 * Lists operations and reconciles of this environment, newest first, as far back as Temporal keeps them. Throws `unavailable` when Temporal does
 * not answer.
 */
export async function listOperations(
  client: WorkflowClient,
  { only, limit }: OperationQuery,
  { prefix, address }: OperationsPlace,
): Promise<ListedOperation[]> {
  const types = `WorkflowType IN ('${OPERATION_WORKFLOW}', '${RECONCILE_WORKFLOW}', '${BACKUP_WORKFLOW}', '${ROTATION_WORKFLOW}') AND WorkflowId STARTS_WITH '${withPrefix(prefix, '')}' AND ExecutionStatus != 'ContinuedAsNew'`;
  try {
    const found: WorkflowExecutionInfo[] = [];
    for await (const one of client.list({ query: types + (only === null ? '' : STATUS[only]) })) {
      found.push(one);
      if (found.length >= limit) break;
    }
    return await Promise.all(found.map((one) => listed(client, one)));
  } catch (error) {
    throw temporalFailure(error, address, 'list the operations');
  }
}

async function listed(client: WorkflowClient, info: WorkflowExecutionInfo): Promise<ListedOperation> {
  const { workflowId, runId, type, startTime, closeTime, typedSearchAttributes: attributes, memo } = info;
  const handle = client.getHandle(workflowId, runId);
  const short = withoutPrefix(workflowId);
  if (type === ROTATION_WORKFLOW) return rotationRow(info);
  if (type === BACKUP_WORKFLOW) return backupRow(client, handle, info);
  const [operation = '', ...rest] = short.split('/');
  return {
    id: type === RECONCILE_WORKFLOW ? short : shortIdOf({ workflowId }),
    workflowId,
    operation: type === RECONCILE_WORKFLOW ? RECONCILE_WORKFLOW : operation,
    subject: attributes.get(subjectKey) ?? (type === RECONCILE_WORKFLOW ? '' : rest.slice(0, -1).join('/')),
    actor: attributes.get(actorKey) ?? null,
    ...(typeof memo?.['onBehalfOf'] === 'string' ? { onBehalfOf: memo['onBehalfOf'] } : {}),
    ...(await (info.status.name === 'RUNNING' ? presentOf(client, handle) : endOf(handle, info))),
    startedAt: startTime.toISOString(),
    endedAt: closeTime?.toISOString() ?? null,
  };
}

/** The summary of a backup has its operation and destinations. */
async function backupRow(
  client: WorkflowClient,
  handle: WorkflowHandle,
  info: WorkflowExecutionInfo,
): Promise<ListedOperation> {
  const { workflowId, status, startTime, closeTime, typedSearchAttributes: attributes, memo } = info;
  const summary = (await handle.describe().then(async (described) => described.staticSummary())) ?? '';
  const [, operation = BACKUP_WORKFLOW, subject = ''] =
    /^(?:By a schedule: )?(backup\.[a-z]+)(?: \(dry run\))? (.*)$/.exec(summary) ?? [];
  return {
    ...{ id: withoutPrefix(workflowId), workflowId, operation, subject, actor: attributes.get(actorKey) ?? null },
    ...(typeof memo?.['onBehalfOf'] === 'string' ? { onBehalfOf: memo['onBehalfOf'] } : {}),
    ...(await (status.name === 'RUNNING' ? presentOf(client, handle) : endOfBackup(handle, info))),
    startedAt: startTime.toISOString(),
    endedAt: closeTime?.toISOString() ?? null,
  };
}

async function endOfBackup(handle: WorkflowHandle, { status }: WorkflowExecutionInfo): Promise<End> {
  if (status.name === 'CANCELLED') return { state: 'cancelled', detail: null };
  try {
    const result = (await handle.result()) as BackupResult;
    return { state: result.kind === 'nothing' ? 'unchanged' : 'completed', detail: null };
  } catch (error) {
    return { state: 'failed', detail: rootOf(error) instanceof Error ? (rootOf(error) as Error).message : null };
  }
}

/** The log has more about it, see `withRotations`. */
function rotationRow({ workflowId, status, startTime, closeTime }: WorkflowExecutionInfo): ListedOperation {
  const short = withoutPrefix(workflowId);
  return {
    ...{ id: short, workflowId, operation: ROTATION_WORKFLOW, subject: short.slice(`${ROTATION_WORKFLOW}/`.length) },
    ...{ actor: null, state: status.name === 'RUNNING' ? 'running' : 'completed', detail: null },
    startedAt: startTime.toISOString(),
    endedAt: closeTime?.toISOString() ?? null,
  };
}

type End = Pick<ListedOperation, 'state' | 'detail'>;

/** Without a worker a query would never be answered. */
const QUERY_TIMEOUT_MS = 1_000;

async function presentOf(client: WorkflowClient, handle: WorkflowHandle): Promise<End> {
  const asked = client.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () => handle.query<Progress, []>(PROGRESS_QUERY));
  const step = await asked.then(
    (progress) => progress.step,
    () => null,
  );
  return { state: 'running', detail: step };
}

async function endOf(handle: WorkflowHandle, { type, status }: WorkflowExecutionInfo): Promise<End> {
  try {
    if (type === RECONCILE_WORKFLOW && status.name === 'COMPLETED')
      return endOfReconcile((await handle.result()) as ReconcileResult);
    const { result } = await endingOf(handle);
    const state = status.name === 'CANCELLED' ? 'cancelled' : result.result;
    return { state, detail: state === 'completed' || state === 'unchanged' ? null : result.detail };
  } catch (error) {
    return { state: 'failed', detail: error instanceof Error ? error.message : String(error) };
  }
}

function endOfReconcile({ failed }: ReconcileResult): End {
  return failed.length === 0 ? { state: 'completed', detail: null } : { state: 'failed', detail: failed.join('; ') };
}
