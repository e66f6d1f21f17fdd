import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { hash } from 'bcryptjs';
import { createAlertDelivery } from '../activities/alerts/alert-delivery.js';
import { createBackupAlerts } from '../activities/backup/backup-alerts.js';
import { createFactFinder } from '../activities/watch/find-facts.js';
import { notaryFact } from '../adapters/audit/notary-status.js';
import { diskOf } from '../adapters/machine/disks.js';
import type { StoredAlertMemory } from '../ports/alerts/memory.js';
import { nameServers } from '../adapters/machine/name-records.js';
import { PUBLIC_ADDRESSES, publicAddresses } from '../domain/dns/public-addresses.js';
import { createConverger } from '../activities/proxies/converger.js';
import { createShippingSight } from '../activities/backup/shipping-sight.js';
import type { Dependencies } from '../activities/dependencies.js';
import { createValueSweep } from '../activities/secrets/sweep-values.js';
import { createSecretResolver } from '../activities/secrets/resolved-secrets.js';
import { probeProxies } from '../activities/proxies/probe-proxies.js';
import { reuseFor } from '../activities/proxies/coalesce.js';
import { createInFlight } from '../activities/proxies/in-flight.js';
import { createAuthentikIdentity } from '../adapters/authentik/authentik-identity.js';
import { createTokenSource, type TokenSource } from '../adapters/authentik/credentials/token-source.js';
import { readRepository } from '../adapters/git/git-repository.js';
import type { WorkerLog } from '../adapters/log/event-log.js';
import { createAlertWorkflows, sinkMemos } from '../adapters/temporal/alert-workflows.js';
import { createBypassEndings } from '../adapters/temporal/bypass-endings.js';
import { createCanaryWatch } from '../adapters/temporal/canary-watch.js';
import { createProbationWatch } from '../adapters/temporal/probation-watch.js';
import { createContinuousWatch } from '../adapters/temporal/continuous-watch.js';
import { createIdentityQueue } from '../adapters/temporal/identity-queue.js';
import { createRunningOperations } from '../adapters/temporal/running-operations.js';
import { createTemporalSchedules } from '../adapters/temporal/schedules.js';
import { createVaultSecrets } from '../adapters/vault/vault-secrets.js';
import { verifySignature } from '../adapters/keys/operator-key.js';
import { encryptFor } from '../adapters/keys/sealed-box.js';
import { certificates } from '../adapters/x509/certificates.js';
import { USUAL_HTTPS_PORT } from '../domain/caddy/public-port.js';
import type { ActionName } from '../domain/schedules/actions.js';
import { durationMs } from '../domain/values/duration.js';
import type { BypassEndings } from '../ports/workflows.js';
import { Failure } from '../ports/failure.js';
import type { Identity } from '../ports/identity.js';
import type { Connections } from '../stack/connections.js';
import { homeLayout } from '../stack/home-layout.js';
import { isReplacedGeneration, lastRestore } from '../stack/restore/journal.js';
import { operatorKeyFile } from '../stack/load-connections.js';
import type { TemporalNames } from '../stack/temporal-names.js';
import { BYPASS_WORKFLOW, bypassWorkflowId } from '../workflows/contracts/bypass.js';
import { CANARY_WORKFLOW, canaryWorkflowId, LOOK_UPDATE } from '../workflows/contracts/canary.js';
import { CONTINUOUS_BACKUP_WORKFLOW, continuousBackupWorkflowId } from '../workflows/contracts/continuous-backup.js';
import { CONVERGE_UPDATE, IDENTITY_WORKFLOW, identityWorkflowId } from '../workflows/contracts/identity.js';
import {
  scheduledWorkflowId,
  scheduledWorkflows,
  scheduleNameIn,
  temporalScheduleId,
} from '../workflows/contracts/schedule.js';
import { PROBATION_WORKFLOW, probationWorkflowId } from '../workflows/contracts/probation.js';
import { ROTATION_CHANGED, ROTATION_WORKFLOW, rotationWorkflowId } from '../workflows/contracts/rotation.js';
import { createRotationWatch } from '../adapters/temporal/rotation-watch.js';
import type { OwnCredentials } from '../ports/credentials.js';
import { createDrills } from '../stack/drill-process.js';
import { readSinkState, type SinkState } from '../domain/alerts/delivery.js';
import type { AlertDelivery } from '../ports/alerts/delivery.js';
import {
  deliverAlertsId,
  DELIVER_ALERTS_WORKFLOW,
  NOTIFY_SIGNAL,
  SINK_STATE_MEMO,
  type SealedNotification,
} from '../workflows/contracts/deliver-alerts.js';
import { alertSenderOf } from './alert-sinks.js';
import { issuersOf } from './systems/issuers.js';
import { whoAndWhy } from '../workflows/details.js';
import { adminHostOf, caddyProxies } from './systems/caddy-proxies.js';
import { sealsOf, sha256, visitSecrets } from './systems/seals.js';
import { backupSystemsOf } from './systems/backups.js';
import { ignoredDifferences } from './ignored-differences.js';
import { surroundingsOf } from './systems/own-servers.js';
import { usualProbation } from './usual-probation.js';
import { vaultUse } from './systems/vault-of-worker.js';
import { createManifests, isGitFolder, isGitManifest } from './systems/read-manifests.js';

/** Operations that plan within this time share one probe of the proxies. */
const PROBE_SHARED_MS = 50;
/** Caddy checks a password in about 50 ms with these. */
const BCRYPT_ROUNDS = 10;
/** Length of an operation's id, as workflows of older workers made it. */
const ID_LENGTH = 13;

/** Systems of the worker and its activities. */
export interface Systems extends Dependencies {
  /** Finders of Hecate's own credentials. */
  readonly ownCredentials: OwnCredentials;
  /** Access to the workflows that end bypasses. */
  readonly bypassEndings: BypassEndings;
  readonly alertDelivery: AlertDelivery;
  /** Returns the state of the delivery to each of these sinks. One that was never told anything is left out. */
  readonly sinkStates: (sinks: readonly string[]) => Promise<ReadonlyMap<string, SinkState>>;
  readonly alertMemory: StoredAlertMemory;
  /** Returns the warnings about backups. */
  readonly backupWarnings: () => Promise<readonly string[]>;
  /** Destroys values in Vault that nothing uses, and returns their paths. */
  readonly sweepValues: () => Promise<readonly string[]>;
}

/** Creates the systems of these connections over an open log and Temporal client. Connects to none of them. */
export function systemsOf(
  connections: Connections,
  { log, client, names }: { readonly log: WorkerLog; readonly client: Client; readonly names: TemporalNames },
): Systems {
  const now = () => new Date().toISOString();
  const traffic = createInFlight(() => performance.now());
  const vault = vaultUse(connections);
  const secrets = vault === null ? null : createVaultSecrets(vault.role, vault.client);
  const authentikTokens = connections.authentik && createTokenSource(connections.authentik.tokenFile);
  const secretResolver = createSecretResolver(secrets);
  const seals = sealsOf(connections, process.env);
  const proxies = caddyProxies(connections, process.env, visitSecrets(seals.seals));
  const plain = proxies.map(({ proxy }) => proxy);
  const adminHost = adminHostOf(process.env);
  const converger = createConverger({
    log,
    proxies,
    now,
    secretResolver,
    sha256,
    approaching: () => traffic.approaching(),
    onRepaired: (subject, detail) =>
      // A proxy is repaired whether or not this can be kept.
      void log.observations.record({ at: now(), kind: 'repaired', subject, detail }).catch(() => undefined),
    isReplaced: (generation) => isReplacedGeneration(homeLayout(connections.home), generation),
  });
  const identity = identityOf(connections, authentikTokens);
  const running = createRunningOperations(client, names.taskQueue);
  const shipping = createShippingSight();
  const backupWarnings = createBackupAlerts({ log, now, shipping });
  const alerting = alertDeliveryOf(names, client, { log, sha256, seals: seals.seals });
  const findFacts = createFactFinder({
    ...{ log, proxies: plain, running, identity, secrets, converger, figures: log.figures, now, backupWarnings },
    observations: log.observations,
    disks: async () => [await diskOf('home', connections.home)],
    notary: () => notaryFact(homeLayout(connections.home).notary),
    sinkStates: (sinks) => alerting.sinkStates(sinks),
    clock: () => performance.now(),
  });
  return {
    log,
    findFacts,
    backupWarnings,
    alertMemory: log.alertMemory,
    converger,
    traffic,
    now,
    proxies: plain,
    surroundings: surroundingsOf(connections),
    names: nameServers,
    publicAddresses: publicAddressesHere(process.env[PUBLIC_ADDRESSES] ?? ''),
    adminHost,
    running,
    identity,
    ...issuersOf({
      ...{ connections, secrets, log, vault, authentikTokens },
      natsUse: { log, seals: seals.rotated },
      proxyUse: { proxies: plain, now, hashPassword, adminHost },
      operatorKey: {
        ...{ log, now, keyFile: operatorKeyFile(process.env, connections.home) },
        workflowId: (secret) => rotationWorkflowId(names.prefix, secret),
      },
    }),
    ...waysToWorkflows(names, client),
    blobs: log.blobs,
    blobStaging: log.blobStaging,
    desired: createManifests({
      log,
      blobStaging: log.blobStaging,
      repository: (request) =>
        readRepository({ ...request, wanted: isGitManifest, wantedFolder: isGitFolder, ...gitAccess(process.env) }),
      sha256,
    }),
    verifySignature,
    seals: seals.seals,
    encryptFor,
    takenRequests: log.takenRequests,
    scheduledRuns: log.scheduledRuns,
    observations: log.observations,
    figures: log.figures,
    drills: createDrills(connections),
    alertSender: alertSenderOf(connections, process.env),
    ...alerting,
    shipping,
    newId: () => randomUUID().slice(0, ID_LENGTH),
    usualProbation: usualProbation(process.env),
    longestBypassMs: longestBypassMs(process.env['HECATE_LONGEST_BYPASS']),
    sweepValues: createValueSweep({
      log,
      secrets,
      now,
      keepValuesMs: keepValuesMs(process.env['HECATE_KEEP_SECRETS']),
      replacedLogIds: lastRestore(homeLayout(connections.home))?.replacedLogIds ?? [],
    }),
    probe: reuseFor(
      () => probeProxies(log, plain),
      PROBE_SHARED_MS,
      () => performance.now(),
    ),
    backups: backupSystemsOf(connections, { log, secrets }),
    secrets,
    secretResolver,
    certificates,
    hashPassword,
    sha256,
  };
}

function alertDeliveryOf(
  { prefix, taskQueue }: TemporalNames,
  client: Client,
  sealing: Pick<Dependencies, 'log' | 'sha256' | 'seals'>,
) {
  const workflowId = (sink: string) => deliverAlertsId(prefix, sink);
  const names = { workflow: DELIVER_ALERTS_WORKFLOW, workflowId, signal: NOTIFY_SIGNAL, taskQueue };
  return {
    alertDelivery: createAlertDelivery(
      { ...sealing, identityWriterId: identityWorkflowId(prefix) },
      createAlertWorkflows<SealedNotification>(client, names),
    ),
    async sinkStates(sinks: readonly string[]) {
      const told = await sinkMemos(client, { workflowId, key: SINK_STATE_MEMO }, sinks);
      return new Map(
        [...told].flatMap(([sink, shown]) => {
          const state = readSinkState(shown);
          return state === null ? [] : [[sink, state] as const];
        }),
      );
    },
  };
}

function waysToWorkflows({ prefix, taskQueue }: TemporalNames, client: Client) {
  return {
    identityWriterId: identityWorkflowId(prefix),
    identityQueue: createIdentityQueue(client, {
      workflow: IDENTITY_WORKFLOW,
      workflowId: identityWorkflowId(prefix),
      update: CONVERGE_UPDATE,
      taskQueue,
    }),
    canaryWatch: createCanaryWatch(client, {
      workflow: CANARY_WORKFLOW,
      workflowId: (domain: string) => canaryWorkflowId(prefix, domain),
      update: LOOK_UPDATE,
      taskQueue,
      details: whoAndWhy,
    }),
    probationWatch: createProbationWatch(client, {
      workflow: PROBATION_WORKFLOW,
      workflowId: (operation: string) => probationWorkflowId(prefix, operation),
      taskQueue,
      details: whoAndWhy,
    }),
    rotationWatch: createRotationWatch(client, {
      workflow: ROTATION_WORKFLOW,
      workflowId: (name: string) => rotationWorkflowId(prefix, name),
      signal: ROTATION_CHANGED,
      taskQueue,
      details: whoAndWhy,
    }),
    continuousWatch: createContinuousWatch(client, {
      workflow: CONTINUOUS_BACKUP_WORKFLOW,
      workflowId: continuousBackupWorkflowId(prefix),
      taskQueue,
    }),
    bypassEndings: createBypassEndings(client, {
      workflow: BYPASS_WORKFLOW,
      workflowId: (domain: string) => bypassWorkflowId(prefix, domain),
      taskQueue,
      details: whoAndWhy,
    }),
    scheduler: createTemporalSchedules(client, {
      id: (name: string) => temporalScheduleId(prefix, name),
      nameIn: (id: string) => scheduleNameIn(prefix, id),
      workflows: scheduledWorkflows,
      runId: (action: ActionName, name: string) => scheduledWorkflowId(prefix, action, name),
      now: () => new Date().toISOString(),
      taskQueue,
    }),
  };
}

/** Returns what git needs from the environment. */
function gitAccess(env: NodeJS.ProcessEnv) {
  return { credentialsFile: env['HECATE_GIT_CREDENTIALS_FILE'] ?? null, env };
}

function identityOf(
  { authentik, environment, publicHttpsPort = USUAL_HTTPS_PORT }: Connections,
  tokens: TokenSource | null,
): Identity | null {
  if (authentik === null || tokens === null) return null;
  const ignored = ignoredDifferences(process.env).identity;
  return createAuthentikIdentity({ ...authentik, tokens, environment, publicHttpsPort, ignored });
}

function hashPassword(password: string): Promise<string> {
  return hash(password, BCRYPT_ROUNDS);
}

function publicAddressesHere(text: string): readonly string[] | null {
  const found = publicAddresses(text);
  if (found === null || !('wrong' in found)) return found;
  throw new Failure('invalid', `${PUBLIC_ADDRESSES} has ${JSON.stringify(found.wrong)}, which is no IP address`, {
    hint: 'Set it to addresses such as 198.51.100.7,2001:db8::7.',
  });
}

const USUAL_LONGEST_BYPASS = '24h';

function longestBypassMs(text = USUAL_LONGEST_BYPASS): number {
  const ms = durationMs(text);
  if (ms > 0) return ms;
  throw new Failure('invalid', `HECATE_LONGEST_BYPASS ${JSON.stringify(text)} is not a duration such as 24h`, {
    hint: 'Set it to the longest bypass that is allowed, such as 8h.',
  });
}

const USUAL_KEEP_SECRETS = '168h';

/** Returns the time (ms) for which Vault keeps values that were replaced without a rotation. */
function keepValuesMs(text = USUAL_KEEP_SECRETS): number {
  const ms = text === '0s' ? 0 : durationMs(text);
  if (ms >= 0) return ms;
  throw new Failure('invalid', `HECATE_KEEP_SECRETS ${JSON.stringify(text)} is not a duration such as 168h`, {
    hint: 'Set it to the time for which replaced values stay in Vault, such as 168h or 0s.',
  });
}
