import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { readIdentityFile } from '../../../adapters/backup/identity.js';
import type { DrillReport, HostComparison } from '../../../domain/backup/drill.js';
import { isS3 } from '../../../domain/values/backup-destination.js';
import { createDrills } from '../../../stack/drill-process.js';
import {
  RECORD_DRILL_WORKFLOW,
  recordDrillWorkflowId,
  type RecordDrillRequest,
} from '../../../workflows/contracts/backup-run.js';
import { connectionsHere } from '../../connect/connections-here.js';
import { signingHere } from '../../connect/signing.js';
import { failureWords, withTemporal } from '../../connect/temporal-client.js';
import { actingFor, originOf, type GivenOrigin, type Origin } from '../../input/origin.js';
import { print, table, type OutputFormat } from '../../print/output.js';
import { toStderr } from '../../print/visible.js';

/** Options of `backup drill`. */
export interface DrillOptions extends Origin {
  readonly output: OutputFormat;
  readonly from: string;
  readonly identity?: string;
  readonly quiet?: boolean;
}

/**
 * Restores a backup into a throwaway stack, compares its answers with those of the live one, and prints the result. Records it in
 * the history and beside the backup. Exit code 1: the drill failed. Ctrl-C ends the drill and removes what it made.
 */
export async function drill(options: DrillOptions): Promise<number> {
  const { output, quiet = false } = options;
  const origin = originOf(options);
  const connections = connectionsHere();
  const from = isS3(options.from) ? options.from : resolve(options.from);
  const identities = options.identity === undefined ? null : await readIdentityFile(resolve(options.identity));
  const ended = new AbortController();
  const end = () => ended.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
  const onProgress = (line: string) => {
    if (!quiet) toStderr(`· ${line}`);
  };
  const run = { access: null, identities, onProgress, signal: ended.signal };
  const report = await createDrills(connections).run(from, run);
  await record(report, from, origin);
  await print(output, report, () => reportText(report));
  return report.passed ? 0 : 1;
}

/** The proof beside the backup is what counts, so a history that cannot be written is only named. */
async function record({ name, passed, summary }: DrillReport, from: string, origin: GivenOrigin): Promise<void> {
  try {
    await withTemporal(async (client, connections, { prefix, taskQueue }) => {
      const { operator, sign } = await signingHere(connections);
      const request: RecordDrillRequest = {
        ...{ id: randomUUID().slice(0, 13), operation: 'backup.drill', subject: from, passed },
        ...{ detail: `${name}: ${summary}`, ...actingFor(operator, origin.onBehalfOf), reason: origin.reason },
      };
      const workflowId = recordDrillWorkflowId(prefix, request);
      await client.workflow.execute(RECORD_DRILL_WORKFLOW, {
        ...{ taskQueue, workflowId, args: [sign('drill', workflowId, request)] },
        ...{ workflowExecutionTimeout: '30s', workflowTaskTimeout: '2s' },
        staticSummary: `Restore drill of ${from}`.slice(0, 200),
      });
    });
  } catch (error) {
    const why = failureWords(error);
    toStderr(`warning: the history does not have this drill: ${why instanceof Error ? why.message : String(why)}`);
  }
}

function reportText(report: DrillReport): string {
  const { name, place, passed, summary, restoreMs, totalMs, commit, liveCommit, notes, changedSince } = report;
  const others = report.comparisons.filter(({ verdict }) => verdict !== 'same');
  const bodies = report.comparisons.filter(({ verdict, hasOtherBody }) => verdict === 'same' && hasOtherBody).length;
  const lines = [
    `${passed ? 'passed' : 'FAILED'}: ${summary}`,
    '',
    `Backup     ${name}`,
    `From       ${place}`,
    `Commit     ${commit ?? 'none'}${liveCommit === null ? '' : `; the live log is at ${liveCommit}`}`,
    `Restored   in ${seconds(restoreMs)}; the whole drill took ${seconds(totalMs)}`,
    ...(changedSince.length === 0 ? [] : [`Changed    since the backup: ${listed(changedSince)}`]),
    ...(bodies === 0 ? [] : [`Bodies     of ${bodies} answers differ, which may be a time or a random value in them`]),
    ...notes.map((note) => `Note       ${note}`),
  ];
  if (others.length === 0) return lines.join('\n');
  return `${lines.join('\n')}\n\n${table(['HOST', 'SCHEME', 'RESULT', 'DIFFERENCES'], others.map(rowOf))}`;
}

function rowOf({ host, scheme, verdict, differences }: HostComparison): readonly string[] {
  const changed = differences.length === 0 ? 'none; changed since the backup' : differences.join('; ');
  return [host, scheme, verdict, changed];
}

const MOST_LISTED = 10;

function listed(names: readonly string[]): string {
  const more = names.length - MOST_LISTED;
  return `${names.slice(0, MOST_LISTED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
