import type { WorkflowHandle } from '@temporalio/client';
import {
  defineSearchAttributeKey,
  SearchAttributeType,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/common';
import type { ReconcileComponent } from '../../domain/resources/components.js';
import { isRepositoryUrl, repositoryUrl } from '../../domain/values/network/repository-url.js';
import { Failure } from '../../ports/failure.js';
import type { Connections } from '../../stack/connections.js';
import type { TemporalNames } from '../../stack/temporal-names.js';
import { reconcileWorkflowId, RECONCILE_WORKFLOW, type ReconcileRequest } from '../../workflows/contracts/reconcile.js';
import { whoAndWhy } from '../../workflows/details.js';
import { failureWords, withTemporal, type TemporalClient } from '../connect/temporal-client.js';
import { operationId } from '../run/operation-id.js';
import { followTo } from './follow-reconcile.js';
import type { OutputFormat } from '../print/output.js';
import { signingHere } from '../connect/signing.js';
import { actingFor, originOf, type Origin } from '../input/origin.js';

/** The options of a reconcile. */
export interface ReconcileOptions extends Origin {
  readonly output: OutputFormat;
  readonly component: ReconcileComponent;
  readonly fromGit?: string;
  readonly fromCommit?: string;
  readonly prune?: boolean;
  readonly pruneLimit?: number;
  readonly yes?: boolean;
  readonly adopt?: boolean;
  readonly dryRun?: boolean;
  readonly exitCode?: boolean;
  /** Runs beside another reconcile. */
  readonly force?: boolean;
}

/** Compares Git, the log and the servers, and repairs drift unless it is a dry run. Returns the exit code. */
export async function reconcile(options: ReconcileOptions): Promise<number> {
  return withTemporal(async (client, connections, names) => {
    const handle = await startReconcile(client, connections, names, options);
    const { output, dryRun = false, exitCode = false } = options;
    return followTo(handle, { output, isDryRun: dryRun, usesExitCode: exitCode });
  });
}

/** Returns an operator's request for a reconcile from its flags. Throws `invalid`. */
export function requestOf(options: ReconcileOptions, operator: string): ReconcileRequest {
  const { onBehalfOf, reason } = originOf(options);
  return {
    component: options.component,
    isDryRun: options.dryRun === true,
    fromGit: options.fromGit === undefined ? null : checkedUrl(options.fromGit),
    fromCommit: options.fromCommit ?? null,
    prune: options.prune === true,
    ...(options.pruneLimit === undefined ? {} : { pruneLimit: options.pruneLimit }),
    ...(options.yes === undefined ? {} : { yes: options.yes }),
    adopt: options.adopt === true,
    ...actingFor(operator, onBehalfOf),
    reason,
  };
}

/** Throws `invalid` for a folder, and for a URL with credentials, without repeating these. */
function checkedUrl(text: string): string {
  const parsed = repositoryUrl.safeParse(text);
  if (!parsed.success) throw new Failure('invalid', `--from-git: ${parsed.error.issues[0]?.message}`);
  if (isRepositoryUrl(parsed.data)) return parsed.data;
  throw new Failure(
    'invalid',
    `--from-git ${text}: not a URL; a reconcile runs in the worker, which cannot read a folder of yours`,
    {
      hint: `Apply the folder: hecate update apply --from-git ${text}`,
    },
  );
}

const actorKey = defineSearchAttributeKey('HecateActor', SearchAttributeType.KEYWORD);

/** Starts a reconcile. Throws `conflict` while another one runs, unless it is a dry run or forced. */
export async function startReconcile(
  client: TemporalClient,
  connections: Connections,
  { prefix, taskQueue }: TemporalNames,
  options: ReconcileOptions,
): Promise<WorkflowHandle> {
  const { operator, sign } = await signingHere(connections);
  const unsigned: ReconcileRequest = { id: operationId(), ...requestOf(options, operator) };
  // A dry run changes nothing, so it may run beside any other.
  const runsBeside = options.force === true || unsigned.isDryRun;
  const workflowId = reconcileWorkflowId(prefix, runsBeside ? unsigned.id : undefined);
  const request = sign('reconcile', workflowId, unsigned);
  try {
    return await client.workflow.start(RECONCILE_WORKFLOW, {
      workflowId,
      taskQueue,
      args: [request],
      workflowTaskTimeout: '2s',
      staticSummary: `reconcile ${request.component}${request.isDryRun ? ' (dry run)' : ''}`,
      staticDetails: whoAndWhy(request),
      typedSearchAttributes: [{ key: actorKey, value: operator }],
      ...(request.onBehalfOf === undefined ? {} : { memo: { onBehalfOf: request.onBehalfOf } }),
    });
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) throw await alreadyRunning(client, prefix);
    throw failureWords(error);
  }
}

async function alreadyRunning(client: TemporalClient, prefix: string): Promise<Failure> {
  const { startTime } = await client.workflow.getHandle(reconcileWorkflowId(prefix)).describe();
  return new Failure('conflict', `another reconcile is running since ${startTime.toISOString()}`, {
    hint: 'Wait for it: hecate follow reconcile. Cancel it: hecate cancel reconcile. Or add --force to run beside it.',
  });
}
