import { backupDifferences, type ResourceDifference } from '../../../domain/backup/compare.js';
import { restoreTargetText, type RestoreTarget } from '../../../domain/backup/target.js';
import { actorText } from '../../../domain/log/commit.js';
import { exitCodeOf, exitCodes } from '../../../domain/refusal.js';
import { resourceKey, resourceWords, type ResourceKey } from '../../../domain/resources/kinds.js';
import type { RouteHealth } from '../../../domain/serving/route-health.js';
import { restoreState } from '../../../operations/history/restore-state.js';
import type { LogReader } from '../../../ports/event-log.js';
import { Failure } from '../../../ports/failure.js';
import type { OpenedBackup } from '../../../ports/backup/opened-backup.js';
import type { Connections } from '../../../stack/connections.js';
import type { DriftReport, ReconcileResult } from '../../../workflows/contracts/reconcile.js';
import { failureWords, withTemporal } from '../../connect/temporal-client.js';
import { withLog } from '../../connect/with-log.js';
import { createProgressOutput, noProgressOutput } from '../../print/progress-output.js';
import { print, type OutputFormat } from '../../print/output.js';
import { relativeTime } from '../../print/relative-time.js';
import { driftLines } from '../../reconcile/drift-output.js';
import { startReconcile } from '../../reconcile/reconcile.js';
import { unreadableSystems, unreadObjects, type Unread } from '../../reconcile/schedule-outcome.js';
import { withStaging } from '../../run/blob-staging.js';
import { withOperations, type OperationsClient } from '../../run/operations-client.js';
import { otherHistory } from './other-history.js';
import { withBackup } from '../opening.js';
import { isStateFile, targetOfBackup, targetOfStateFile } from './target.js';

/** Options of `read verify`. */
export interface VerifyOptions {
  readonly output: OutputFormat;
  readonly againstBackup: string;
  readonly identity?: string;
  readonly exitCode?: boolean;
}

/**
 * Compares a backup with the log, with what Caddy, authentik, Temporal and Vault have, and with what visitors get. Changes
 * nothing. Prints every difference with its fields. Returns the exit code: 6 when a system could not be compared.
 */
export async function verify({
  againstBackup: from,
  output,
  identity,
  exitCode = false,
}: VerifyOptions): Promise<number> {
  const isQuiet = output !== 'table';
  const options = { ...(identity === undefined ? {} : { identity }), isQuiet };
  const report = isStateFile(from)
    ? await compared(await targetOfStateFile(from), null, isQuiet)
    : await withBackup(from, options, async (opened) => compared(await targetOfBackup(opened), opened, isQuiet));
  const { unread, ...data } = report;
  await print(output, { ...data, unread: unread.map(({ text }) => text) }, () => text(report).join('\n'));
  if (unread.length > 0) return exitCodeOf(unread.every(({ kind }) => kind === 'denied') ? 'denied' : 'unavailable');
  return exitCode && !report.identical ? exitCodes.wouldChange.code : 0;
}

/** Last change of a resource since the backup. */
interface Author {
  readonly sequence: number;
  readonly at: string;
  readonly by: string;
}

/** What differs between a backup and the environment. */
interface Report {
  readonly backup: RestoreTarget['origin'];
  /** Nothing differs. */
  readonly identical: boolean;
  /** Why the log is not the one that was backed up; null: it is. */
  readonly history: string | null;
  readonly log: readonly (ResourceDifference & { readonly changed: Author | null })[];
  /** Paths of values that the backup has and Vault lacks. */
  readonly vault: readonly string[];
  /** Drift from the log. */
  readonly served: Pick<DriftReport, 'proxies' | 'identity' | 'identityCount' | 'schedules' | 'scheduleCount'>;
  readonly servedLines: readonly string[];
  /** Hosts of the backup and of the log that do not answer their visitors. */
  readonly visitors: readonly Pick<RouteHealth, 'domain' | 'level' | 'details'>[];
  readonly hosts: number;
  readonly unread: readonly Unread[];
}

async function compared(target: RestoreTarget, opened: OpenedBackup | null, isQuiet: boolean): Promise<Report> {
  const progress = isQuiet ? noProgressOutput : createProgressOutput();
  const { differences, history } = await withLog(async (log) => comparedLog(log, target, opened));
  progress.present('comparing with Caddy, authentik and Temporal …');
  const drift = (await inspected()).drift;
  progress.present('asking each host through the proxy …');
  const { routes, vault } = await withOperations(async (operations, connections) => ({
    routes: await healthOf(operations),
    vault: await missingValues(operations, connections, target),
  }));
  progress.clear();
  const { proxies, identity, identityCount, schedules = [], scheduleCount } = drift;
  const served = {
    ...{ proxies, identity, schedules },
    ...(identityCount === undefined ? {} : { identityCount }),
    ...(scheduleCount === undefined ? {} : { scheduleCount }),
  };
  const visitors = routes.filter(({ level }) => level === 'fail');
  const unread = [...unreadableSystems({ ...drift, sources: [] }), ...unreadObjects(drift)];
  const drifts = proxies.reduce((sum, { count }) => sum + count, 0) + (identity?.length ?? 0) + schedules.length;
  const isEmpty = differences.length + vault.length + drifts + visitors.length === 0;
  return {
    backup: target.origin,
    identical: history === null && isEmpty && unread.length === 0,
    ...{ history, log: differences, vault, served, unread, hosts: routes.length },
    servedLines: driftLines(
      { drift: { ...drift, sources: [], overlays: [] }, done: [], failed: [] },
      { isDryRun: false, now: now() },
    ),
    visitors: visitors.map(({ domain, level, details }) => ({ domain, level, details })),
  };
}

async function comparedLog(log: LogReader, target: RestoreTarget, opened: OpenedBackup | null) {
  const { state, logId } = await log.view();
  const found = backupDifferences(target, state);
  const history = await otherHistory(log, logId, target, opened);
  const authors =
    history === null && found.length > 0 ? await authorsSince(log, target) : new Map<ResourceKey, Author>();
  return {
    history,
    differences: found.map((one) => ({ ...one, changed: authors.get(resourceKey(one.kind, one.name)) ?? null })),
  };
}

/** Returns the last change of each resource since the backup. */
async function authorsSince(log: LogReader, { origin }: RestoreTarget): Promise<ReadonlyMap<ResourceKey, Author>> {
  const authors = new Map<ResourceKey, Author>();
  if (origin.sequence === null) return authors;
  for await (const { position, message } of log.entries(origin.sequence + 1)) {
    if (message.type !== 'committed') continue;
    const author = { sequence: position.sequence, at: message.at, by: actorText(message) };
    for (const { kind, name } of message.changes) authors.set(resourceKey(kind, name), author);
  }
  return authors;
}

/** Returns the findings of a reconcile that changes nothing. */
async function inspected(): Promise<ReconcileResult> {
  return withTemporal(async (client, connections, names) => {
    try {
      const handle = await startReconcile(client, connections, names, {
        output: 'json',
        component: 'all',
        dryRun: true,
      });
      return (await handle.result()) as ReconcileResult;
    } catch (error) {
      throw failureWords(error);
    }
  });
}

async function healthOf(operations: OperationsClient): Promise<RouteHealth[]> {
  const routes: RouteHealth[] = [];
  for (let after: string | null = null; ;) {
    const page = await operations.inspectHealth({ domain: null, after });
    routes.push(...page.routes);
    after = page.next;
    if (after === null) return routes;
  }
}

/** Returns the paths of the values that a restore would bring back to Vault. Only the worker can read there, so it is asked for that plan. */
async function missingValues(
  operations: OperationsClient,
  connections: Connections,
  target: RestoreTarget,
): Promise<readonly string[]> {
  if (Object.keys(target.values).length === 0) return [];
  const staged = await withStaging(connections, (staging) => staging.put(restoreTargetText(target)));
  const input = restoreState.input.parse({
    backup: target.origin.name,
    staged,
    force: true,
  });
  const { planned } = await operations.preview(restoreState, input, { onBehalfOf: null, reason: null });
  if (planned.kind === 'lost') throw new Failure('lost', planned.message);
  const claims = planned.kind === 'unchanged' ? planned.claims : 'plan' in planned ? planned.plan?.claims : undefined;
  return (claims ?? []).map(({ vaultPath }) => vaultPath);
}

function now(): string {
  return new Date().toISOString();
}

function text(report: Report): string[] {
  const { backup, history, log, vault, servedLines, visitors, hosts, unread, identical } = report;
  const { name, sequence, at } = backup;
  const said = sequence === null ? `made ${at}` : `up to commit ${sequence}, ${at}`;
  return [
    `backup ${name} (${said})`,
    ...(history === null ? [] : [`history: ${history}`]),
    ...log.flatMap(differenceLines),
    ...vault.map((path) => `Vault: the value ${path} is missing`),
    ...(servedLines.length === 1 && servedLines[0] === 'no drift' ? [] : servedLines),
    ...unread.map(({ text: problem }) => `not compared: ${problem}`),
    ...visitors.map(({ domain, details }) => `visitors of ${domain}: ${details.join('; ')}`),
    ...(identical
      ? [`no differences: the log, what is served and Vault are as in the backup; ${hosts} routes answer`]
      : [`to go back to the backup, see: hecate backup restore --from PLACE --dry-run`]),
  ];
}

function differenceLines({ kind, name, difference, fields, changed }: Report['log'][number]): string[] {
  const author =
    changed === null ? '' : ` (commit ${changed.sequence}, ${relativeTime(changed.at, now())} by ${changed.by})`;
  const words = resourceWords(kind, name);
  switch (difference) {
    case 'missing':
      return [`log: ${words} is in the backup, and not in the log${author}`];
    case 'added':
      return [`log: ${words} is not in the backup${author}`];
    case 'changed':
      return [
        `log: ${words} differs${author}`,
        ...fields.map(({ field, backup, log }) => `  ${field}: backup ${shown(backup)}, log ${shown(log)}`),
      ];
  }
}

/** Longest value in characters. */
const LONGEST = 160;

function shown(value: unknown): string {
  const json = JSON.stringify(value);
  return json.length <= LONGEST ? json : `${json.slice(0, LONGEST)}… (${json.length} characters)`;
}
