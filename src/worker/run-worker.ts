import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createActivities } from '../activities/index.js';
import { createEventLog, withContinuityCheck } from '../adapters/log/index.js';
import type { Connections } from '../stack/connections.js';
import { homeLayout } from '../stack/home-layout.js';
import { keepConverged } from './keep-converged.js';
import { ensureSearchAttributes } from './search-attributes.js';
import { systemsOf } from './systems.js';
import { temporalLogger } from './temporal-logger.js';

/** Serves operations until SIGTERM or SIGINT, then lets running activities finish for five seconds. */
export async function runWorker(connections: Connections, logger: Logger): Promise<void> {
  Runtime.install({ logger: temporalLogger(logger), shutdownSignals: ['SIGTERM', 'SIGINT'] });
  const { address, namespace } = connections.temporal;
  const [connection, clientConnection, eventLog] = await Promise.all([
    NativeConnection.connect({ address }),
    Connection.connect({ address }),
    createEventLog({
      url: connections.nats.url,
      seedFile: connections.nats.workerSeedFile,
      onWarning: (message) => logger.warn(message),
    }),
  ]);
  const log = withContinuityCheck(eventLog, homeLayout(connections.home), (message) => logger.warn(message));
  const client = new Client({ connection: clientConnection, namespace });
  await ensureSearchAttributes(clientConnection, namespace, logger);
  const systems = systemsOf(connections, { log, client });
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: connections.worker.taskQueue,
    workflowBundle: { codePath: join(__dirname, 'workflows.js') },
    activities: createActivities(systems),
    // Another worker takes over a dead worker's cached workflows after a second.
    stickyQueueScheduleToStartTimeout: '1s',
    shutdownGraceTime: '5s',
    maxConcurrentLocalActivityExecutions: 200,
    // Operations that wait for the identity provider's writer must leave it a slot to run.
    maxConcurrentActivityTaskExecutions: 1_000,
  });
  const { identity, identityQueue } = systems;
  const keeper = keepConverged({ ...systems, identityQueue: identity ? identityQueue : null }, logger);
  // `hecate up` waits for this file: the routes are served then.
  const ready = keeper.looked.then(() => markReady(connections.home));
  try {
    await worker.run();
  } finally {
    keeper.stop();
    rmSync(await ready, { force: true });
    await Promise.allSettled([log.close(), connection.close(), clientConnection.close()]);
  }
}

function markReady(home: string): string {
  const folder = join(home, 'run');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'worker.ready');
  writeFileSync(file, String(process.pid), { mode: 0o600 });
  return file;
}
