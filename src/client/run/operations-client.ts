import { Client, type WorkflowHandle } from '@temporalio/client';
import {
  defineSearchAttributeKey,
  SearchAttributeType,
  WorkflowExecutionAlreadyStartedError,
  type Workflow,
} from '@temporalio/common';
import { askWorker, type WorkerQuestion } from './ask-worker.js';
import type { ProbationTerms } from '../../domain/resources/probation.js';
import type { Purpose } from '../../domain/trust/proof.js';
import type { CataloguedOperation } from '../../operations/catalogue.js';
import type { Connections } from '../../stack/connections.js';
import type { TemporalNames } from '../../stack/temporal-names.js';
import {
  alertTestId,
  TEST_ALERT_WORKFLOW,
  type AlertSinkActivities,
  type AlertTest,
  type AlertTestResult,
} from '../../workflows/contracts/deliver-alerts.js';
import { type CanaryView, CANARY_WORKFLOW, canaryWorkflowId, LOOK_UPDATE } from '../../workflows/contracts/canary.js';
import {
  INSPECT_HEALTH_WORKFLOW,
  INSPECT_IDENTITY_WORKFLOW,
  INSPECT_PROXIES_WORKFLOW,
  INSPECT_REQUESTS_WORKFLOW,
  inspectionId,
  type HealthInspection,
  type HealthQuestion,
  type IdentityInspection,
  type IdentityQuestion,
  type RequestsInspection,
  type RequestsQuestion,
  type InspectionActivities,
  type ProxyInspection,
  type ProxyQuestion,
} from '../../workflows/contracts/inspection.js';
import {
  OPERATION_WORKFLOW,
  operationWorkflowId,
  PREVIEW_WORKFLOW,
  previewId,
  type PreviewActivities,
} from '../../workflows/contracts/operation.js';
import type { OperationRequest, Preview } from '../../workflows/contracts/plan.js';
import {
  EXPORT_IDENTITY_KEY,
  REVEAL_KEY,
  REVEAL_WORKFLOW,
  revealId,
  type RevealActivities,
  type RevealedSecret,
  type RevealQuestion,
} from '../../workflows/contracts/reveal.js';
import { whoAndWhy } from '../../workflows/details.js';
import { findOperation, temporalFailure } from './find-operation.js';
import { listOperations, type ListedOperation, type OperationQuery } from './list-operations.js';
import { operationId } from './operation-id.js';
import { throughRestart } from '../connect/restarting-temporal.js';
import { connectTemporal } from '../connect/temporal-client.js';
import { connectionsHere } from '../connect/connections-here.js';
import { temporalNamesHere } from '../connect/environment.js';
import { signingHere, type Signing } from '../connect/signing.js';
import { actingFor } from '../input/origin.js';
import { startCanaryWorkflow } from '../../adapters/temporal/canary-watch.js';
import { Failure } from '../../ports/failure.js';

/** The origin of an operation beside the operator whose key signs it. */
export interface Origin {
  /** Person or program for which the operator acts; null or absent: for itself. */
  readonly onBehalfOf?: string | null;
  readonly reason: string | null;
  /** Hash of the plan that was looked at; another one is refused. */
  readonly approved?: string;
  /** How the change is to be judged afterwards; absent: as the environment has it. */
  readonly probation?: ProbationTerms | 'none';
}

/** Starts and finds operations. */
export interface OperationsClient {
  /** Starts an operation whose input was parsed by its schema. It continues when this process ends. */
  start(operation: CataloguedOperation, input: unknown, origin: Origin): Promise<WorkflowHandle>;
  /** Returns the plan of an operation. Writes nothing. Throws `unavailable` when no worker answers in 60 s. */
  preview(operation: CataloguedOperation, input: unknown, origin: Origin): Promise<Preview>;
  /** Returns the checks of sign-in, as the worker sees it. Throws `unavailable` when no worker answers in time. */
  inspectIdentity(): Promise<IdentityInspection>;
  /** The canary of this domain as a worker sees it now; null when none runs. Throws `unavailable` when no worker answers in 5 s. */
  lookAtCanary(domain: string): Promise<CanaryView | null>;
  /** Returns the health of routes as the worker sees it, a part at a time. */
  inspectHealth(question: HealthQuestion): Promise<HealthInspection>;
  /** Returns requests from the access logs of the proxies, the newest ones. Throws `unavailable` when no worker answers in time. */
  inspectRequests(question: Omit<RequestsQuestion, 'actor' | 'proof'>): Promise<RequestsInspection>;
  /** Follows a request through the proxies, or returns their configuration. */
  inspectProxies(question: ProxyQuestion): Promise<ProxyInspection>;
  /**
   * Returns the value of a secret, encrypted for an X25519 public key. Throws `denied` for an operator who is no admin, and
   * `unavailable` when no worker answers in time.
   */
  reveal(name: string, publicKey: string, origin: Origin): Promise<RevealedSecret>;
  /** Returns the identity that opens the backups, as {@link OperationsClient.reveal} does a secret. */
  exportIdentity(publicKey: string, origin: Origin): Promise<RevealedSecret>;
  /** Has a worker send a test alert to a sink. Throws `missing` for an unknown sink, and `unavailable` when no worker answers in time. */
  testAlert(sink: string, isDryRun: boolean): Promise<AlertTestResult>;
  /** See {@link listOperations}. */
  list(query: OperationQuery): Promise<ListedOperation[]>;
  /** See {@link findOperation}. */
  find(id: string): Promise<WorkflowHandle>;
  close(): Promise<void>;
}

/** A question to a worker before it is signed. */
interface SignedQuestion extends Omit<WorkerQuestion, 'args'> {
  readonly purpose: Purpose;
  /** Returns the request of this operator. */
  readonly request: (operator: string) => object;
}

/** A glance ends within 1.5 s; the rest is for a worker that is busy. */
const GLANCE_PATIENCE = '5s';
/** One who follows requests asks again, so he need not wait for a worker that has gone. */
const FOLLOW_PATIENCE = '10s';

const domainKey = defineSearchAttributeKey('HecateDomain', SearchAttributeType.KEYWORD);
const operationKey = defineSearchAttributeKey('HecateOperation', SearchAttributeType.KEYWORD);
const actorKey = defineSearchAttributeKey('HecateActor', SearchAttributeType.KEYWORD);

/** Time (ms) that Temporal has to take an operation; it is asked again while it restarts. */
const START_TIMEOUT_MS = 5_000;

/** Connects as {@link connectTemporal} does; throws `unavailable`, naming the address. */
export async function connectOperations(connections: Connections): Promise<OperationsClient> {
  const { temporal } = connections;
  const { prefix, taskQueue } = await temporalNamesHere(connections);
  const connection = await connectTemporal(connections);
  const client = new Client({ connection, namespace: temporal.namespace });
  let known: Promise<Signing> | null = null;
  const signing = () => (known ??= signingHere(connections));
  const notStarted = (error: unknown) => temporalFailure(error, temporal.address, 'start the operation');
  const start = async (operation: CataloguedOperation, input: unknown, origin: Origin) => {
    const { operator, sign } = await signing();
    const unsigned = requestOf(operation, input, { operator, ...origin });
    const workflowId = operationWorkflowId(prefix, unsigned);
    const request = sign('operation', workflowId, unsigned);
    const once = () =>
      client.withDeadline(Date.now() + START_TIMEOUT_MS, () => startOnce(operation, workflowId, request));
    return throughRestart(once);
  };
  const startOnce = async (
    operation: CataloguedOperation,
    workflowId: string,
    request: OperationRequest,
  ): Promise<WorkflowHandle> => {
    const { subject, actor, onBehalfOf } = request;
    const starting = client.workflow.start(OPERATION_WORKFLOW, {
      taskQueue,
      workflowId,
      args: [request],
      ...(onBehalfOf === undefined ? {} : { memo: { onBehalfOf } }),
      // A worker that dies with a task in hand is noticed after two seconds.
      workflowTaskTimeout: '2s',
      staticSummary: `${operation.summary}: ${subject}`,
      staticDetails: whoAndWhy(request),
      typedSearchAttributes: [
        { key: domainKey, value: subject },
        { key: operationKey, value: operation.key },
        { key: actorKey, value: actor },
      ],
    });
    return starting.catch((error: unknown) => {
      // The answer to an earlier attempt was lost while Temporal restarted.
      if (error instanceof WorkflowExecutionAlreadyStartedError) return client.workflow.getHandle(error.workflowId);
      throw error;
    });
  };
  const ask = async <T>({ purpose, request, ...question }: SignedQuestion) => {
    const { operator, sign } = await signing();
    let attempts = 0;
    const once = () => {
      attempts += 1;
      const id = attempts === 1 ? question.id : `${question.id}/${attempts}`;
      const args = [sign(purpose, id, request(operator))];
      return askWorker<T>(client, taskQueue, { ...question, id, args });
    };
    return throughRestart(once).catch((error: unknown) => {
      throw notStarted(error);
    });
  };
  return {
    start: (operation, input, origin) =>
      start(operation, input, origin).catch((error: unknown) => {
        throw notStarted(error);
      }),
    async preview(operation, input, origin) {
      const { operator } = await signing();
      const request = { ...requestOf(operation, input, { operator, ...origin }), isPreview: true as const };
      return ask<Preview>({
        purpose: 'preview',
        request: () => request,
        id: previewId(prefix, request),
        activity: 'previewOperation' satisfies keyof PreviewActivities,
        workflow: PREVIEW_WORKFLOW,
        summary: `Dry run: ${operation.summary}: ${request.subject}`,
        details: whoAndWhy(request),
      });
    },
    inspectIdentity: () =>
      ask<IdentityInspection>({
        id: inspectionId(prefix, 'authentik', operationId()),
        activity: 'inspectIdentityProvider' satisfies keyof InspectionActivities,
        workflow: INSPECT_IDENTITY_WORKFLOW,
        purpose: 'inspection',
        request: (actor): IdentityQuestion => ({ actor }),
        summary: 'Check authentik',
      }),
    inspectHealth: (question) =>
      ask<HealthInspection>({
        id: inspectionId(prefix, 'routes', operationId()),
        activity: 'inspectRoutes' satisfies keyof InspectionActivities,
        workflow: INSPECT_HEALTH_WORKFLOW,
        purpose: 'inspection',
        request: (actor): HealthQuestion => ({ ...question, actor }),
        summary: 'Check routes, servers and certificates',
        ...(question.glance === true ? { patience: GLANCE_PATIENCE } : {}),
      }),
    inspectRequests: (question) =>
      ask<RequestsInspection>({
        id: inspectionId(prefix, 'requests', operationId()),
        activity: 'inspectRequests' satisfies keyof InspectionActivities,
        workflow: INSPECT_REQUESTS_WORKFLOW,
        purpose: 'inspection',
        request: (actor): RequestsQuestion => ({ ...question, actor }),
        summary: 'Find requests in the access logs',
        ...(question.isOnward === true ? { patience: FOLLOW_PATIENCE } : {}),
      }),
    inspectProxies: (question) =>
      ask<ProxyInspection>({
        id: inspectionId(prefix, 'proxies', operationId()),
        activity: 'inspectProxyUse' satisfies keyof InspectionActivities,
        workflow: INSPECT_PROXIES_WORKFLOW,
        purpose: 'inspection',
        request: (actor): ProxyQuestion => ({ ...question, actor }),
        summary: 'Follow a request, or read the configuration of the proxies',
      }),
    reveal: (name, publicKey, { onBehalfOf, reason }) =>
      ask<RevealedSecret>({
        id: revealId(prefix, name, operationId()),
        activity: 'revealSecret' satisfies keyof RevealActivities,
        workflow: REVEAL_WORKFLOW,
        purpose: 'reveal',
        request: (operator): RevealQuestion => ({
          ...{ operation: REVEAL_KEY, subject: name, publicKey, reason },
          ...actingFor(operator, onBehalfOf),
        }),
        summary: `Show the value of secret ${name} to a person`,
      }),
    exportIdentity: (publicKey, { onBehalfOf, reason }) =>
      ask<RevealedSecret>({
        id: revealId(prefix, 'backup-identity', operationId()),
        activity: 'revealSecret' satisfies keyof RevealActivities,
        workflow: REVEAL_WORKFLOW,
        purpose: 'reveal',
        request: (operator): RevealQuestion => ({
          ...{ operation: EXPORT_IDENTITY_KEY, subject: 'backup', publicKey, reason },
          ...actingFor(operator, onBehalfOf),
        }),
        summary: 'Export the identity that opens the backups',
      }),
    testAlert: (sink, isDryRun) =>
      ask<AlertTestResult>({
        id: alertTestId(prefix, sink, operationId()),
        activity: 'testAlertSink' satisfies keyof AlertSinkActivities,
        workflow: TEST_ALERT_WORKFLOW,
        purpose: 'alert-test',
        request: (actor): AlertTest => ({ sink, isDryRun, actor }),
        summary: `${isDryRun ? 'Show' : 'Send'} a test alert for the sink ${sink}`,
      }),
    lookAtCanary: (domain) => lookAtCanary(client, { prefix, taskQueue }, domain),
    list: (query) => listOperations(client.workflow, query, { prefix, address: temporal.address }),
    find: (id) => findOperation(client.workflow, id, { prefix, address: temporal.address }),
    close: () => connection.close(),
  };
}

function requestOf(
  operation: CataloguedOperation,
  input: unknown,
  { operator, onBehalfOf, reason, approved, probation }: Origin & { readonly operator: string },
): OperationRequest {
  const subject = operation.subject(input as never);
  return {
    ...{ id: operationId(), operation: operation.key, subject, input, reason },
    ...actingFor(operator, onBehalfOf),
    ...(approved === undefined ? {} : { approved }),
    ...(probation === undefined ? {} : { probation }),
  };
}

/** Connects to the Temporal of this home or environment for as long as `use` takes. */
export async function withOperations<T>(
  use: (operations: OperationsClient, connections: Connections) => Promise<T>,
): Promise<T> {
  const connections = connectionsHere();
  const operations = await connectOperations(connections);
  try {
    return await use(operations, connections);
  } finally {
    await operations.close();
  }
}

/** Longest wait for a look, which asks a server that hangs for 5 s and may have to wait for the look before it. */
const PATIENCE_MS = 12_000;

/** Has a worker look at a canary now; null when none runs. Throws `unavailable` when no worker answers within 12 s. */
export async function lookAtCanary(
  client: Client,
  { prefix, taskQueue }: TemporalNames,
  domain: string,
): Promise<CanaryView | null> {
  const names = {
    workflow: CANARY_WORKFLOW,
    workflowId: (of: string) => canaryWorkflowId(prefix, of),
    update: LOOK_UPDATE,
    taskQueue,
    details: whoAndWhy,
  };
  try {
    return await client.withDeadline(Date.now() + PATIENCE_MS, () =>
      client.workflow.executeUpdateWithStart<Workflow, CanaryView | null, []>(LOOK_UPDATE, {
        startWorkflowOperation: startCanaryWorkflow(names, domain),
      }),
    );
  } catch (cause) {
    throw new Failure('unavailable', 'no worker looked at the canary within 12 s', {
      hint: 'Look at: hecate status',
      cause,
    });
  }
}
