import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { hash } from 'bcryptjs';
import type { Logger } from 'pino';
import { createActivities } from '../activities/index.js';
import { createConverger } from '../activities/converger.js';
import { createMaterials } from '../activities/materials.js';
import { probeProxies } from '../activities/probe-proxies.js';
import { recently } from '../activities/recently.js';
import { createTraffic } from '../activities/traffic.js';
import { createAuthentikIdentity } from '../adapters/authentik/authentik-identity.js';
import { readRepository } from '../adapters/git/git-repository.js';
import { createEventLog, witnessed } from '../adapters/log/index.js';
import { createVaultSecrets } from '../adapters/vault/vault-secrets.js';
import { certificates } from '../adapters/x509/certificates.js';
import type { Connections } from '../stack/connections.js';
import { homeLayout } from '../stack/home-layout.js';
import { createBypassEndings } from '../adapters/temporal/bypass-endings.js';
import { createCanaryWatch } from '../adapters/temporal/canary-watch.js';
import { createIdentityQueue } from '../adapters/temporal/identity-queue.js';
import { durationMs } from '../domain/duration.js';
import { Failure } from '../ports/failure.js';
import type { Identity } from '../ports/identity.js';
import { BYPASS_WORKFLOW, bypassWorkflowId } from '../workflows/bypass-activities.js';
import { CANARY_WORKFLOW, canaryWorkflowId, LOOK_UPDATE } from '../workflows/canary-activities.js';
import type { Secrets } from '../ports/secrets.js';
import { CONVERGE_UPDATE, IDENTITY_WORKFLOW, identityWorkflowId } from '../workflows/identity-activities.js';
import { createManifests, isGitManifest } from './read-manifests.js';
import { createRunningOperations } from '../adapters/temporal/running-operations.js';
import { caddyProxies, portOf } from './caddy-proxies.js';
import { keepConverged } from './keep-converged.js';
import { ensureSearchAttributes } from './search-attributes.js';
import { temporalLogger } from './temporal-logger.js';

/** Operations that plan within this time share one look at the proxies. */
const PROBE_SHARED_MS = 50;
/** Caddy checks a password in about a twentieth of a second then. */
const BCRYPT_ROUNDS = 10;

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
  const log = witnessed(eventLog, homeLayout(connections.home), (message) => logger.warn(message));
  const client = new Client({ connection: clientConnection, namespace });
  await ensureSearchAttributes(clientConnection, namespace, logger);
  const proxies = caddyProxies(connections, process.env);
  const plain = proxies.map(({ proxy }) => proxy);
  const now = () => new Date().toISOString();
  const traffic = createTraffic(() => performance.now());
  const secrets = secretsOf(connections);
  const materials = createMaterials(secrets);
  const converger = createConverger({
    log,
    proxies,
    now,
    materials,
    sha256,
    approaching: () => traffic.approaching(),
  });
  const running = createRunningOperations(client);
  const identity = identityOf(connections);
  const identityQueue = createIdentityQueue(client, {
    workflow: IDENTITY_WORKFLOW,
    workflowId: identityWorkflowId(connections.environment),
    update: CONVERGE_UPDATE,
    taskQueue: connections.worker.taskQueue,
  });
  const canaryWatch = createCanaryWatch(client, {
    workflow: CANARY_WORKFLOW,
    workflowId: canaryWorkflowId,
    update: LOOK_UPDATE,
    taskQueue: connections.worker.taskQueue,
  });
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: connections.worker.taskQueue,
    workflowBundle: { codePath: join(__dirname, 'workflows.js') },
    activities: createActivities({
      log,
      converger,
      traffic,
      now,
      proxies: plain,
      running,
      identity,
      identityQueue,
      blobs: log.blobs,
      staging: log.staging,
      desired: createManifests({
        log,
        staging: log.staging,
        repository: (request) => readRepository({ ...request, wanted: isGitManifest, ...gitAccess(process.env) }),
        sha256,
      }),
      canaryWatch,
      longestBypassMs: longestBypassMs(process.env['HECATE_LONGEST_BYPASS']),
      probe: recently(
        () => probeProxies(log, plain),
        PROBE_SHARED_MS,
        () => performance.now(),
      ),
      secrets,
      materials,
      certificates,
      hashPassword: (password) => hash(password, BCRYPT_ROUNDS),
      sha256,
    }),
    // A dead worker's cached workflows are given to the next one after a second.
    stickyQueueScheduleToStartTimeout: '1s',
    shutdownGraceTime: '5s',
    maxConcurrentLocalActivityExecutions: 200,
    // Operations that wait for the identity provider's writer must never keep it from running.
    maxConcurrentActivityTaskExecutions: 1_000,
  });
  const bypassEndings = createBypassEndings(client, {
    workflow: BYPASS_WORKFLOW,
    workflowId: bypassWorkflowId,
    taskQueue: connections.worker.taskQueue,
  });
  const keeper = keepConverged(
    { log, converger, now, running, canaryWatch, bypassEndings, identityQueue: identity ? identityQueue : null },
    logger,
  );
  // Who waits for the stack may request the routes that it had.
  const ready = keeper.looked.then(() => markReady(connections.home));
  try {
    await worker.run();
  } finally {
    keeper.stop();
    rmSync(await ready, { force: true });
    await Promise.allSettled([log.close(), connection.close(), clientConnection.close()]);
  }
}

/** What git needs of our environment. */
function gitAccess(env: NodeJS.ProcessEnv) {
  return { credentialsFile: env['HECATE_GIT_CREDENTIALS_FILE'] ?? null, env };
}

function markReady(home: string): string {
  const folder = join(home, 'run');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'worker.ready');
  writeFileSync(file, String(process.pid), { mode: 0o600 });
  return file;
}

function identityOf({ authentik, environment, caddy }: Connections): Identity | null {
  const httpsPort = portOf(caddy[0]?.https ?? 'https://localhost:443');
  return authentik && createAuthentikIdentity({ ...authentik, environment, httpsPort });
}

/** Null: the worker has no role in a Vault. */
function secretsOf({ vault: { address, roleIdFile, secretIdFile } }: Connections): Secrets | null {
  return roleIdFile && secretIdFile ? createVaultSecrets({ address, roleIdFile, secretIdFile }) : null;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

const USUAL_LONGEST_BYPASS = '24h';

function longestBypassMs(text = USUAL_LONGEST_BYPASS): number {
  const ms = durationMs(text);
  if (ms > 0) return ms;
  throw new Failure('invalid', `HECATE_LONGEST_BYPASS ${JSON.stringify(text)} is not a duration such as 24h`);
}
