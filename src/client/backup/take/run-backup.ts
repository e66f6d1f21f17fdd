import type { WorkflowHandle } from '@temporalio/client';
import {
  defineSearchAttributeKey,
  SearchAttributeType,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/common';
import { Failure } from '../../../ports/failure.js';
import type { Connections } from '../../../stack/connections.js';
import type { TemporalNames } from '../../../stack/temporal-names.js';
import {
  BACKUP_WORKFLOW,
  backupWorkflowId,
  destinationsText,
  type BackupRequest,
  type MakeBackupRequest,
  type PruneRequest,
} from '../../../workflows/contracts/backup.js';
import { whoAndWhy } from '../../../workflows/details.js';
import { signingHere } from '../../connect/signing.js';
import { failureWords, withTemporal, type TemporalClient } from '../../connect/temporal-client.js';
import { actingFor, originOf, type Origin } from '../../input/origin.js';
import type { OutputFormat } from '../../print/output.js';
import { operationId } from '../../run/operation-id.js';
import { placesOf, targetsOf } from './destinations.js';
import { followTo } from './follow-backup.js';

/** Options of every command that makes or removes backups. */
export interface BackupOptions extends Origin {
  readonly output: OutputFormat;
  readonly destination?: readonly string[];
  readonly dryRun?: boolean;
  readonly quiet?: boolean;
}

type Common = keyof BackupRequest &
  ('id' | 'subject' | 'destinations' | 'isDryRun' | 'actor' | 'onBehalfOf' | 'reason' | 'proof');

/** The part of a request that its command decides. */
export type Asked = Omit<MakeBackupRequest, Common> | Omit<PruneRequest, Common>;

/** Starts a backup workflow, follows it to its end and prints the result. Returns the exit code. Ctrl-C leaves it running. */
export async function runBackup(options: BackupOptions, asked: Asked): Promise<number> {
  const isOfLog = asked.operation === 'backup.incremental';
  const places = await placesOf(options.destination, { isOfLog });
  return withTemporal(async (client, connections, names) => {
    const handle = await start(client, connections, names, { options, asked, places });
    return followTo(handle, { output: options.output, isQuiet: options.quiet === true });
  });
}

const actorKey = defineSearchAttributeKey('HecateActor', SearchAttributeType.KEYWORD);
/** Temporal cuts longer summaries. */
const LONGEST_SUMMARY = 200;

async function start(
  client: TemporalClient,
  connections: Connections,
  { prefix, taskQueue }: TemporalNames,
  {
    options,
    asked,
    places,
  }: { readonly options: BackupOptions; readonly asked: Asked; readonly places: readonly string[] },
): Promise<WorkflowHandle> {
  const { operator, sign } = await signingHere(connections);
  const { onBehalfOf, reason } = originOf(options);
  const id = operationId();
  const isDryRun = options.dryRun === true;
  // A dry run changes nothing, so it may run beside a backup.
  const workflowId = backupWorkflowId(prefix, isDryRun ? id : undefined);
  if (!isDryRun) await mustBeFree(client, prefix);
  const destinations = await targetsOf(places, connections);
  const unsigned = {
    ...{ id, subject: destinationsText(destinations), destinations, isDryRun, reason },
    ...actingFor(operator, onBehalfOf),
    ...asked,
  };
  const request: BackupRequest = sign('backup', workflowId, unsigned);
  try {
    return await client.workflow.start(BACKUP_WORKFLOW, {
      workflowId,
      taskQueue,
      args: [request],
      workflowTaskTimeout: '2s',
      staticSummary: `${request.operation}${isDryRun ? ' (dry run)' : ''} ${request.subject}`.slice(0, LONGEST_SUMMARY),
      staticDetails: whoAndWhy(request),
      typedSearchAttributes: [{ key: actorKey, value: operator }],
      ...(request.onBehalfOf === undefined ? {} : { memo: { onBehalfOf: request.onBehalfOf } }),
    });
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) throw await alreadyRunning(client, prefix);
    throw failureWords(error);
  }
}

/** Refuses before credentials are handed over. */
async function mustBeFree(client: TemporalClient, prefix: string): Promise<void> {
  const running = await client.workflow
    .getHandle(backupWorkflowId(prefix))
    .describe()
    .then(
      ({ status }) => status.name === 'RUNNING',
      () => false,
    );
  if (running) throw await alreadyRunning(client, prefix);
}

async function alreadyRunning(client: TemporalClient, prefix: string): Promise<Failure> {
  const { startTime } = await client.workflow.getHandle(backupWorkflowId(prefix)).describe();
  return new Failure('conflict', `another backup is running since ${startTime.toISOString()}`, {
    hint: 'Wait for it: hecate follow backup. Or cancel it: hecate cancel backup',
  });
}
