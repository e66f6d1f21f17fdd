import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createAlertWatch } from '../activities/watch/watch-alerts.js';
import { createActivities } from '../activities/index.js';
import { makePrivateFolder } from '../adapters/files/private-files.js';
import { createEventLog, knownLogId, withContinuityCheck } from '../adapters/log/index.js';
import type { WorkerLog } from '../adapters/log/event-log.js';
import type { LogReader } from '../ports/event-log.js';
import { createFormerSchedules } from '../adapters/temporal/former-schedules.js';
import { createOlderWorkflows } from '../adapters/temporal/older-workflows.js';
import { temporalConnectOptions } from '../adapters/temporal/connect-options.js';
import { takePulse } from '../adapters/temporal/pulse.js';
import { workerNats, type Connections } from '../stack/connections.js';
import { homeLayout, type HomeLayout } from '../stack/home-layout.js';
import { guardSupervisor } from '../stack/processes/start-supervisor.js';
import { isOwnTemporal, temporalNames, type TemporalNames } from '../stack/temporal-names.js';
import { ownVersion } from '../stack/settings/package-root.js';
import { SCHEDULED_RECONCILE_WORKFLOW } from '../workflows/contracts/reconcile.js';
import { scheduleNameIn, temporalScheduleId } from '../workflows/contracts/schedule.js';
import { PULSE_WORKFLOW, pulseWorkflowId } from '../workflows/contracts/pulse.js';
import { createAccessLog } from '../adapters/traffic/read-access-log.js';
import { parseEntry } from '../adapters/traffic/access-entry.js';
import { keepConverged } from './keepers/keep-converged.js';
import { keepAlerting } from './keepers/keep-alerting.js';
import { alertTiming } from './alert-timing.js';
import { activityLog } from './activity-log.js';
import { keepWatching } from './keepers/keep-watching.js';
import { keepCounting, type Counting } from './keepers/keep-counting.js';
import { keepNoticing } from './keepers/keep-noticing.js';
import { keepReporting, type Reporting } from './keepers/keep-reporting.js';
import { freeAddress, keepMeasured } from './metrics/keep-measured.js';
import { ensureSearchAttributes } from './search-attributes.js';
import { takeOver } from './take-over.js';
import { systemsOf, type Systems } from './systems.js';
import { temporalLogger } from './temporal-logger.js';

/** Serves operations until SIGTERM or SIGINT, then lets running activities finish for five seconds. */
export async function runWorker(connections: Connections, logger: Logger): Promise<void> {
  const metrics = connections.worker.metrics ?? null;
  const sdkAddress = metrics === null ? null : await freeAddress();
  Runtime.install({
    logger: temporalLogger(logger),
    shutdownSignals: ['SIGTERM', 'SIGINT'],
    telemetryOptions: sdkAddress === null ? {} : { metrics: { prometheus: prometheusOptions(sdkAddress) } },
  });
  const { namespace } = connections.temporal;
  const options = temporalConnectOptions(connections.temporal, process.env);
  const [connection, clientConnection, eventLog] = await Promise.all([
    NativeConnection.connect(options),
    Connection.connect(options),
    createEventLog({
      ...workerNats(connections),
      onWarning: (message) => logger.warn(message),
    }),
  ]);
  const log = withContinuityCheck(eventLog, homeLayout(connections.home), (message) => logger.warn(message));
  const client = new Client({ connection: clientConnection, namespace });
  await ensureSearchAttributes(clientConnection, namespace, logger);
  const names = temporalNames(connections, await logIdOf(connections.home, log));
  const systems = systemsOf(connections, { log, client, names });
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: names.taskQueue,
    workflowBundle: { codePath: join(__dirname, 'workflows.js') },
    activities: createActivities(systems),
    interceptors: { activity: [activityLog(logger)] },
    // Another worker takes over a dead worker's cached workflows after a second.
    stickyQueueScheduleToStartTimeout: '1s',
    shutdownGraceTime: '5s',
    maxConcurrentLocalActivityExecutions: 200,
    // Operations that wait for the identity provider's writer must leave it a slot to run.
    maxConcurrentActivityTaskExecutions: 1_000,
  });
  const { identity, identityQueue } = systems;
  const older = createOlderWorkflows(client, connections.worker.taskQueue);
  const formerSchedules = createFormerSchedules(client, {
    id: (name: string) => temporalScheduleId('', name),
    nameIn: (id: string) => scheduleNameIn('', id),
    workflow: SCHEDULED_RECONCILE_WORKFLOW,
    taskQueue: connections.worker.taskQueue,
  });
  const taking = { ...systems, olderWorkflows: older, formerSchedules, isOwnTemporal: isOwnTemporal(connections) };
  const keeping = { identityQueue: identity ? identityQueue : null, takeOver: () => takeOver(taking, logger) };
  const keeper = keepConverged({ ...systems, ...keeping }, logger);
  const alerts = keepWatching(systems.backupWarnings, logger);
  const alerting = keepAlerting(alertWatchOf(connections, systems), logger);
  const layout = homeLayout(connections.home);
  const noticing = keepNoticing({ ...systems, layout }, logger);
  const counting = keepCounting(countingOf(connections, eventLog), logger);
  const workerProblem = () =>
    worker.getState() === 'RUNNING' ? null : `the worker is ${worker.getState().toLowerCase()}`;
  const measured =
    metrics === null
      ? null
      : keepMeasured(
          {
            ...{ address: metrics, sdkAddress, version: ownVersion().version, log: eventLog, client },
            ...{ proxies: systems.proxies, taskQueue: names.taskQueue, problem: workerProblem },
          },
          logger,
        );
  makePrivateFolder(layout.run);
  // `hecate up` waits for the first report: the routes are served then.
  const reporting = keeper.looked.then(() =>
    keepReporting(reportingOf(layout, names, { workerProblem, client, warnings: alerts.warnings }), logger),
  );
  try {
    await worker.run();
  } finally {
    keeper.stop();
    alerts.stop();
    alerting.stop();
    noticing.stop();
    counting.stop();
    measured?.stop();
    (await reporting).stop();
    rmSync(layout.workerReady, { force: true });
    await Promise.allSettled([log.close(), connection.close(), clientConnection.close()]);
  }
}

/** Names and units as OpenMetrics has them. */
function prometheusOptions(bindAddress: string) {
  return { bindAddress, countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true };
}

function alertWatchOf({ environment }: Connections, systems: Systems): () => Promise<boolean> {
  const worker = `${hostname()}/${process.pid}`;
  return createAlertWatch({ ...systems, worker, environment, timing: alertTiming(process.env) });
}

/**
 * Returns the id of the environment's log as the home has it, so that a worker whose log was lost still answers; in a home
 * without one, as NATS has it.
 */
async function logIdOf(home: string, log: Pick<LogReader, 'view'>): Promise<string> {
  return knownLogId(homeLayout(home)) ?? (await log.view()).logId;
}

/** The access logs of the proxies that this machine can read, and where their figures go. */
function countingOf({ caddy }: Connections, log: WorkerLog): Counting {
  const accessLogs = caddy.flatMap(({ name, admin, accessLog }) =>
    accessLog === null ? [] : [createAccessLog(name, `${name} at ${admin}`, accessLog)],
  );
  return { log, figures: log.figures, accessLogs, parse: parseEntry, nowMs: Date.now };
}

function reportingOf(
  layout: HomeLayout,
  { prefix, taskQueue }: TemporalNames,
  {
    workerProblem,
    client,
    warnings,
  }: {
    readonly workerProblem: () => string | null;
    readonly client: Client;
    readonly warnings: () => readonly string[];
  },
): Reporting {
  const pulse = {
    workflow: PULSE_WORKFLOW,
    workflowId: pulseWorkflowId(prefix, `${hostname()}/${process.pid}`),
    taskQueue,
  };
  return {
    layout,
    runs: ownVersion(),
    workerProblem,
    warnings,
    pulse: () => takePulse(client, pulse),
    // A supervisor names its home to the worker.
    guard: process.argv[2] === layout.home ? () => guardSupervisor(layout) : null,
  };
}
