import {
  Client,
  Connection,
  ServiceError,
  ActivityExecutionFailedError,
  WorkflowFailedError,
} from '@temporalio/client';
import { ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import { isErrorKind, type ErrorKind } from '../../domain/refusal.js';
import { temporalConnectOptions } from '../../adapters/temporal/connect-options.js';
import { Failure } from '../../ports/failure.js';
import type { Connections } from '../../stack/connections.js';
import { homeLayout } from '../../stack/home-layout.js';
import { runningSupervisor } from '../../stack/processes/recorded-processes.js';
import type { TemporalNames } from '../../stack/temporal-names.js';
import { connectionsHere } from './connections-here.js';
import { temporalNamesHere } from './environment.js';
import { throughRestart } from './restarting-temporal.js';

/** A connected client of Temporal. */
export type TemporalClient = Client;

const CONNECT_TIMEOUT_MS = 4_000;
const UNAVAILABLE = 14;
const OWN_HINT = 'See what runs: hecate status. Start the stack: hecate up';
const OTHER_HINT =
  'See whether it runs, and with TLS or an API key whether TEMPORAL_TLS_… and TEMPORAL_API_KEY are right in this shell. See: hecate status';

/**
 * Connects within 4 s; to the Temporal of a stack that runs here, which may be restarting, within 15 s. Throws `unavailable`
 * with the address.
 */
export async function connectTemporal({ home, temporal }: Connections): Promise<Connection> {
  const options = temporalConnectOptions(temporal, process.env);
  const connect = () => Connection.connect({ ...options, connectTimeout: CONNECT_TIMEOUT_MS });
  const isSupervised = runningSupervisor(homeLayout(home)) !== null;
  return (isSupervised ? untilConnected(connect) : connect()).catch((cause: unknown) => {
    throw new Failure('unavailable', `temporal at ${temporal.address} does not answer`, {
      system: 'temporal',
      hint: temporal.profile === undefined ? OWN_HINT : OTHER_HINT,
      cause,
    });
  });
}

/** Repeats a connection, whose failures are not all of gRPC, for at most 15 s. */
async function untilConnected(connect: () => Promise<Connection>): Promise<Connection> {
  return throughRestart(() =>
    connect().catch((cause: unknown) => {
      throw Object.assign(new Error('temporal does not answer', { cause }), { code: UNAVAILABLE });
    }),
  );
}

/** Connects to Temporal for as long as `use` takes, for commands that are not operations of the catalogue. */
export async function withTemporal<T>(
  use: (client: TemporalClient, connections: Connections, names: TemporalNames) => Promise<T>,
): Promise<T> {
  const connections = connectionsHere();
  const names = await temporalNamesHere(connections);
  const connection = await connectTemporal(connections);
  try {
    return await use(new Client({ connection, namespace: connections.temporal.namespace }), connections, names);
  } finally {
    await connection.close();
  }
}

/** Returns the error of a workflow that ended without a result, with its exit code. Anything else is a bug. */
export function failureWords(error: unknown): unknown {
  if (error instanceof ServiceError) {
    return new Failure('unavailable', `temporal refused the request: ${error.message}`, {
      system: 'temporal',
      cause: error,
    });
  }
  if (!(error instanceof WorkflowFailedError) && !(error instanceof ActivityExecutionFailedError)) return error;
  const root = rootOf(error);
  if (root instanceof TimeoutFailure) {
    const hint = 'Find out what took so long: hecate logs worker. Then run the command again.';
    return new Failure('unavailable', `a step took too long: ${root.message}`, { hint, cause: error });
  }
  if (!(root instanceof ApplicationFailure)) return new Failure('unavailable', String(root), { cause: error });
  const [hint] = (root.details ?? []) as (string | null)[];
  // An error that an activity did not declare is a bug.
  if (!isErrorKind(root.type ?? '')) return new Error(root.message, { cause: error });
  return new Failure(root.type as ErrorKind, root.message, hint ? { hint } : {});
}

/** Returns the innermost cause of an error. */
export function rootOf(error: unknown): unknown {
  let root = error;
  while (root instanceof Error && root.cause instanceof Error) root = root.cause;
  return root;
}

/** Time that a worker has to answer a query that changes nothing. */
export const QUESTION_TIMEOUT = '60s';

/** Returns the error of a query without an answer: no worker took it in time, or the worker's own error. Others pass. */
export function queryFailure(error: unknown, within: string = QUESTION_TIMEOUT): unknown {
  if (!(error instanceof WorkflowFailedError) && !(error instanceof ActivityExecutionFailedError)) return error;
  const { cause } = error;
  if (cause instanceof TimeoutFailure) {
    return new Failure('unavailable', `no worker answered within ${within}`, {
      hint: 'Look at: hecate status',
    });
  }
  return failureWords(error);
}
