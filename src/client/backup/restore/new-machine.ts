import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readIdentityFile, recipientsOf } from '../../../adapters/backup/identity.js';
import { servedGeneration } from '../../../adapters/caddy/data-plane.js';
import { isOfNewEnvironment } from '../../../domain/backup/new-machine.js';
import { exitCodes } from '../../../domain/refusal.js';
import type { RouteHealth } from '../../../domain/serving/route-health.js';
import { environmentPrefix, USUAL_ENVIRONMENT } from '../../../domain/values/environment-name.js';
import type { LogReader } from '../../../ports/event-log.js';
import { Failure } from '../../../ports/failure.js';
import type { OpenedBackup } from '../../../ports/backup/opened-backup.js';
import { backupIdentityOf } from '../../../stack/backup-identity.js';
import type { Connections } from '../../../stack/connections.js';
import { readWorkerReport, silentForMs, WORKER_SILENT_MS } from '../../../stack/health/worker-report.js';
import { homeLayout, type HomeLayout } from '../../../stack/home-layout.js';
import { loadConnections, operatorKeyFile } from '../../../stack/load-connections.js';
import { withLock } from '../../../stack/processes/lock.js';
import { runningSupervisor } from '../../../stack/processes/recorded-processes.js';
import { beginRestore, restoreInProgress, type RestoreJournal } from '../../../stack/restore/journal.js';
import {
  prepareRestore,
  refuseUsed,
  type PreparedRestore,
  type RestoreStep,
} from '../../../stack/restore/prepare-restore.js';
import { readSettings, type StackSettings } from '../../../stack/settings/stack-settings.js';
import { connectionsHere } from '../../connect/connections-here.js';
import { withTemporal } from '../../connect/temporal-client.js';
import { withLog } from '../../connect/with-log.js';
import { print, type OutputFormat } from '../../print/output.js';
import { toStderr } from '../../print/visible.js';

/** Options of a restore on a new machine. */
export interface NewMachineOptions {
  readonly output: OutputFormat;
  readonly reason: string | null;
  /** Person or program for which it is done; null: nobody is known. */
  readonly onBehalfOf: string | null;
  /** File with the age identity with which the backup was opened; absent: that of this home. */
  readonly identity?: string;
  /** Says what would be done, and changes nothing. */
  readonly dryRun?: boolean;
  /** Prints no steps. */
  readonly quiet?: boolean;
  /** `performance.now()` when the command began, from which the time to recovery counts; default: now. */
  readonly startedAt?: number;
}

/** Time of one step in milliseconds. */
interface TimedStep {
  readonly step: string;
  readonly ms: number;
}

/** Longest waits (ms) until the parts are in place, until all Caddys serve the log, and until every host answers. */
const IN_PLACE_WITHIN_MS = 90_000;
const SERVES_WITHIN_MS = 90_000;
const ANSWERS_WITHIN_MS = 30_000;

/** Returns true for a log that has only Hecate's own first commits, so that a backup may take its place. */
export async function isNewEnvironment(log: Pick<LogReader, 'entries'>): Promise<boolean> {
  for await (const entry of log.entries()) if (!isOfNewEnvironment(entry)) return false;
  return true;
}

/** Returns true when a backup may take the place of the environment of this home, or is just taking it. */
export async function takesWholeBackup(): Promise<boolean> {
  const { home } = connectionsHere();
  return existsSync(homeLayout(home).restoreJournal) || withLog(isNewEnvironment);
}

/**
 * Restores a whole environment into the new one of this home: log, secrets, Caddy's accounts and certificates, the operator's
 * key. Everything is prepared beside the new environment, and then put in force by a journal that only goes forward and that
 * the stack completes also when this command is killed. Prints the result with the time to recovery and the verdict of each
 * host. Returns the exit code: 0, 1 when a host does not answer as it should, 6 when something is still to come. Throws
 * `conflict` for an environment in use or of another name, `invalid` for a home whose NATS runs elsewhere.
 */
export async function restoreOnNewMachine(backup: OpenedBackup, options: NewMachineOptions): Promise<number> {
  const { startedAt = performance.now(), quiet = false } = options;
  const connections = connectionsHere();
  const layout = homeLayout(connections.home);
  const settings = settingsOf(layout);
  checkNames(backup, connections, settings);
  const steps: TimedStep[] = [];
  const step: RestoreStep = async (what, work) => {
    const before = performance.now();
    const result = await work();
    const ms = Math.round(performance.now() - before);
    steps.push({ step: what, ms });
    if (!quiet) toStderr(`${what} (${secondsText(ms)})`);
    return result;
  };
  if (options.dryRun === true) return showPlan(backup, connections, options);
  const lock = { file: join(layout.run, 'restore.lock'), timeoutMs: 0, doing: 'a backup is being restored here' };
  return withLock(lock, async () => {
    const begun = restoreInProgress(layout);
    if (begun !== null && begun.from !== backup.place) throw otherRestore(begun);
    const prepared = begun === null ? await prepare({ backup, connections, layout, settings, step }, options) : null;
    const journal = prepared?.journal ?? begun;
    if (journal === null) throw new Error('a prepared restore has a journal');
    if (begun !== null) toStderr(`a restore of ${begun.from} is being put in force already; waiting for it`);
    await step('stack: log, Caddy and keys put in place', () => untilInPlace(layout));
    await noteIdentity(prepared, options, connections);
    const behind = await step(`Caddy: serves commit ${journal.head.sequence}`, () => untilServed(journal, layout));
    const recoveredMs = Math.round(performance.now() - startedAt);
    await endLeftWorkflows(journal.replacedLogId);
    const hosts = await step('hosts: asked through Caddy', askHosts);
    return report(backup, { journal, prepared, behind, recoveredMs, hosts, steps }, options);
  });
}

function otherRestore({ from, at }: RestoreJournal): Failure {
  return new Failure('conflict', `the restore of ${from} that began at ${at} is being put in force`, {
    hint: 'Wait until it has ended: hecate up',
  });
}

interface Parts {
  readonly backup: OpenedBackup;
  readonly connections: Connections;
  readonly layout: HomeLayout;
  readonly settings: StackSettings;
  readonly step: RestoreStep;
}

/** Prepares the restore, and begins to put it in force. */
async function prepare(parts: Parts, { reason, onBehalfOf, identity }: NewMachineOptions): Promise<PreparedRestore> {
  const { backup, connections, layout } = parts;
  const source = `restore of ${backup.last.name} from ${backup.place}`;
  const identities = identity === undefined ? [] : await readIdentityFile(identity);
  return withLog(async (log) => {
    await refuseUsed(log);
    const prepared = await prepareRestore({
      ...{ ...parts, log, onBehalfOf, identities, keyFile: operatorKeyFile(process.env, connections.home) },
      reason: reason === null ? source : `${reason} (${source})`,
    });
    beginRestore(layout, prepared.journal);
    return prepared;
  });
}

/** Notes that the identity of the backup is elsewhere too: in the file that opened it. */
async function noteIdentity(
  prepared: PreparedRestore | null,
  { identity }: NewMachineOptions,
  { home }: Connections,
): Promise<void> {
  if (identity === undefined || prepared?.journal.backupIdentity == null) return;
  if (resolve(identity).startsWith(`${home}/`)) return;
  const own = backupIdentityOf(process.env, home, null);
  own.markExported(await recipientsOf(await readIdentityFile(identity)));
}

/** Returns the settings of a stack that runs NATS itself. Throws `invalid` or `unavailable` for another home. */
function settingsOf(layout: HomeLayout): StackSettings {
  const settings = readSettings(layout);
  if (settings === null || runningSupervisor(layout) === null) {
    throw new Failure('unavailable', `no stack runs in ${layout.home}`, { hint: 'Start it first: hecate up' });
  }
  const runsNats = settings.components.includes('nats') && !settings.external.includes('nats');
  if (runsNats && existsSync(layout.natsSeed('admin'))) return settings;
  throw new Failure('invalid', 'the NATS of this home runs elsewhere, so its log cannot be replaced from here', {
    hint: 'Restore in a home with a NATS of its own: unset HECATE_NATS_URL and run HECATE_HOME=DIR hecate up, then the restore there; see docs/how-to/disaster-recovery.md. Base resources only, into this log: hecate backup restore --from … --into',
  });
}

/** Throws `conflict` for a backup of an environment with another name. */
function checkNames({ last: { environment } }: OpenedBackup, { nats }: Connections, { env }: StackSettings): void {
  const here = nats.environment ?? USUAL_ENVIRONMENT;
  if (environment.name !== here) {
    throw new Failure('conflict', `the backup is of the environment ${environment.name}, and this one is ${here}`, {
      hint: `Start a home of that name: HECATE_ENVIRONMENT=${environment.name} HECATE_HOME=DIR hecate up. To take its routes and policies into this one, without its history: --into`,
    });
  }
  const named = env['HECATE_ENVIRONMENT'];
  if (named === undefined || named === environment.id) return;
  throw new Failure(
    'conflict',
    `the objects of the backup’s environment have ${environment.id} in their names, and HECATE_ENVIRONMENT is ${named}`,
    { hint: `hecate down && HECATE_ENVIRONMENT=${environment.id} hecate up` },
  );
}

/** Waits until the supervisor has put everything in place. */
async function untilInPlace(layout: HomeLayout): Promise<void> {
  for (const deadline = Date.now() + IN_PLACE_WITHIN_MS; ;) {
    if (restoreInProgress(layout) === null) return;
    if (Date.now() > deadline) {
      throw new Failure('unavailable', 'the restored log is not in place yet', {
        hint: 'The stack completes it by itself as soon as it can. See what it waits for: hecate status. Start it again: hecate up',
      });
    }
    await sleep(100);
  }
}

/** Waits until the worker runs and every Caddy serves the restored log. Returns the names of those that do not. */
async function untilServed({ logId, head }: RestoreJournal, layout: HomeLayout): Promise<readonly string[]> {
  for (const deadline = Date.now() + SERVES_WITHIN_MS; ;) {
    const caddys = loadConnections(process.env)?.caddy ?? [];
    const served = await Promise.all(caddys.map(({ name, http }) => servedGeneration(name, http).catch(() => null)));
    const isBehind = (at: number) => served[at]?.logId !== logId || (served[at]?.sequence ?? 0) < head.sequence;
    const behind = caddys.filter((_, at) => isBehind(at)).map(({ name }) => name);
    const worker = readWorkerReport(layout);
    const works = worker !== null && worker.problem === null && silentForMs(layout) < WORKER_SILENT_MS;
    if ((works && behind.length === 0) || Date.now() > deadline) return works ? behind : ['worker', ...behind];
    await sleep(200);
  }
}

/** Ends workflows of the log that was replaced, which no worker carries out any more. They do no harm where it fails. */
async function endLeftWorkflows(replacedLogId: string): Promise<void> {
  const prefix = environmentPrefix(replacedLogId);
  await withTemporal(async (client) => {
    const query = `TaskQueue = '${prefix}' AND ExecutionStatus = 'Running'`;
    for await (const { workflowId, runId } of client.workflow.list({ query }))
      await client.workflow
        .getHandle(workflowId, runId)
        .terminate('a restored log has replaced the log of this workflow');
  }).catch(() => undefined);
}

/** Asks every host through Caddy. A host that does not answer yet is asked again for half a minute. */
async function askHosts(): Promise<readonly RouteHealth[] | string> {
  const { withOperations } = await import('../../run/index.js');
  for (const deadline = Date.now() + ANSWERS_WITHIN_MS; ;) {
    const routes = await withOperations(async (worker) => {
      const seen: RouteHealth[] = [];
      for (let after: string | null = null; ;) {
        const page = await worker.inspectHealth({ domain: null, after });
        seen.push(...page.routes);
        after = page.next;
        if (after === null) return seen;
      }
    }).catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error;
      return error.message;
    });
    const isWell = typeof routes !== 'string' && routes.every(({ level }) => level !== 'fail');
    if (isWell || Date.now() > deadline) return routes;
    await sleep(1_000);
  }
}

interface Result {
  readonly journal: RestoreJournal;
  /** Null: another command prepared it. */
  readonly prepared: PreparedRestore | null;
  readonly behind: readonly string[];
  readonly recoveredMs: number;
  readonly hosts: readonly RouteHealth[] | string;
  readonly steps: readonly TimedStep[];
}

/** Things that no backup restores on a new machine. */
const NOT_RESTORED = [
  'Temporal’s histories of past workflows; Hecate’s own history is complete',
  'the data of the old OpenBao itself: its keys stay in the archive below identities/openbao and are not in force; the secrets’ values are in the OpenBao of this machine',
];

/** An increment lacks what its full backup has, and that is restored too. */
function notRestoredOf({ links, last }: OpenedBackup): readonly string[] {
  const { omits } = links.findLast(({ kind }) => kind === 'full') ?? last;
  return [...new Set([...omits, ...NOT_RESTORED])];
}

async function report(backup: OpenedBackup, result: Result, { output }: NewMachineOptions): Promise<number> {
  const { journal, prepared, behind, recoveredMs, hosts, steps } = result;
  const failing = typeof hosts === 'string' ? [] : hosts.filter(({ level }) => level === 'fail');
  const left = [
    ...(behind.length === 0 ? [] : [`${behind.join(', ')}: not up to date yet; see: hecate status`]),
    ...(typeof hosts === 'string' ? [`the hosts could not be asked: ${hosts}; ask again: hecate read health`] : []),
    ...failing.map(
      ({ domain }) => `${domain} does not answer as it should; see: hecate read route health --domain ${domain}`,
    ),
  ];
  const notRestored = notRestoredOf(backup);
  const data = {
    ...{ restored: backup.last.name, from: journal.from, logId: journal.logId, commit: journal.head.sequence },
    ...{ messages: prepared?.messages ?? null, secrets: prepared?.secrets ?? null },
    ...{ caddyFiles: prepared?.caddyFiles ?? null, operator: prepared?.operator ?? null },
    registered: prepared?.credentials ?? null,
    timeToRecoveryMs: recoveredMs,
    ...{ steps, notRestored, left },
    hosts: typeof hosts === 'string' ? [] : hosts.map(({ domain, level, details }) => ({ domain, level, details })),
  };
  await print(output, data, () => drawn(data));
  if (behind.length > 0 || typeof hosts === 'string') return exitCodes.unavailable.code;
  return failing.length > 0 ? 1 : 0;
}

function drawn(data: {
  readonly restored: string;
  readonly commit: number;
  readonly messages: number | null;
  readonly secrets: number | null;
  readonly caddyFiles: number | null;
  readonly operator: string | null;
  readonly timeToRecoveryMs: number;
  readonly hosts: readonly Pick<RouteHealth, 'domain' | 'level' | 'details'>[];
  readonly notRestored: readonly string[];
  readonly left: readonly string[];
}): string {
  const { restored, commit, messages, secrets, caddyFiles, operator, timeToRecoveryMs, hosts, notRestored, left } =
    data;
  const counts =
    messages === null
      ? ''
      : `; ${messages} messages of the log, ${secrets} secrets, ${caddyFiles} files of Caddy. Commands here act as operator ${operator}`;
  return [
    `restored ${restored}: the log continues at commit ${commit}${counts}`,
    `time to recovery: ${secondsText(timeToRecoveryMs)}`,
    ...hosts.map(({ domain, level, details }) => `  ${level.padEnd(4)} ${domain}  ${details.join('; ')}`),
    ...notRestored.map((line) => `not restored: ${line}`),
    ...left.map((line) => `left to do: ${line}`),
  ].join('\n');
}

/** Says what a restore would do, and checks that it may. */
async function showPlan(
  backup: OpenedBackup,
  connections: Connections,
  { output }: NewMachineOptions,
): Promise<number> {
  await withLog(refuseUsed);
  const { last, place } = backup;
  const data = {
    ...{ dryRun: true, backup: last.name, from: place, environment: last.environment.name },
    ...{ logId: last.environment.logId, home: connections.home, messages: last.range?.to ?? 0 },
    secrets: backup.parts('secrets/').length,
    caddyFiles: backup.parts('caddy/').length,
    notRestored: notRestoredOf(backup),
  };
  await print(output, data, () =>
    [
      `would restore the environment ${data.environment} (log ${data.logId}) into the new home ${data.home}:`,
      `  ${data.messages} messages of the log, ${data.secrets} secrets, ${data.caddyFiles} files of Caddy`,
      '  one more commit registers the credentials of this machine; NATS, Caddy and the worker start again',
      ...data.notRestored.map((line) => `not restored: ${line}`),
      'nothing was changed',
    ].join('\n'),
  );
  return 0;
}

function secondsText(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
