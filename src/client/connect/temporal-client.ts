import {
  Client,
  Connection,
  ServiceError,
  ActivityExecutionFailedError,
  WorkflowFailedError,
} from '@temporalio/client';
import { ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import { isErrorKind, type ErrorKind } from '../../domain/refusal.js';
import { Failure } from '../../ports/failure.js';
import type { Connections } from '../../stack/connections.js';
import { connectionsHere } from './connections-here.js';

export type TemporalClient = Client;

const CONNECT_TIMEOUT_MS = 4_000;

/** Connects within 4 s; throws `unavailable`, naming the address. */
export async function connectTemporal({ temporal }: Connections): Promise<Connection> {
  return Connection.connect({ address: temporal.address, connectTimeout: CONNECT_TIMEOUT_MS }).catch(
    (cause: unknown) => {
      throw new Failure('unavailable', `temporal at ${temporal.address} does not answer`, {
        system: 'temporal',
        hint: 'Look at: hecate status. Start it with: hecate up',
        cause,
      });
    },
  );
}

/** Uses the Temporal of this environment, for commands that are no operation of the catalogue. */
export async function withTemporal<T>(
  use: (client: TemporalClient, connections: Connections) => Promise<T>,
): Promise<T> {
  const connections = connectionsHere();
  const connection = await connectTemporal(connections);
  try {
    return await use(new Client({ connection, namespace: connections.temporal.namespace }), connections);
  } finally {
    await connection.close();
  }
}

/** Why a workflow ended without a result, as an error with its exit code; anything else is our bug. */
export function failureWords(error: unknown): unknown {
  if (error instanceof ServiceError) {
    return new Failure('unavailable', `temporal did not take it: ${error.message}`, {
      system: 'temporal',
      cause: error,
    });
  }
  if (!(error instanceof WorkflowFailedError) && !(error instanceof ActivityExecutionFailedError)) return error;
  const root = rootOf(error);
  if (root instanceof TimeoutFailure) {
    const hint = 'Run the command again; what took so long stands in: hecate logs worker';
    return new Failure('unavailable', `a step did not end in time: ${root.message}`, { hint, cause: error });
  }
  if (!(root instanceof ApplicationFailure)) return new Failure('unavailable', String(root), { cause: error });
  const [hint] = (root.details ?? []) as (string | null)[];
  // What an activity throws of itself is a bug, whatever it calls itself.
  if (!isErrorKind(root.type ?? '')) return new Error(root.message, { cause: error });
  return new Failure(root.type as ErrorKind, root.message, hint ? { hint } : {});
}

/** What lies at the bottom of an error. */
export function rootOf(error: unknown): unknown {
  let root = error;
  while (root instanceof Error && root.cause instanceof Error) root = root.cause;
  return root;
}

/** How long a worker may take over a question that changes nothing. */
export const QUESTION_TIMEOUT = '60s';

/** Why a question to the worker has no answer: nobody took it up in time, or what the worker ran into. Other errors stay what they are. */
export function unanswered(error: unknown): unknown {
  if (!(error instanceof WorkflowFailedError) && !(error instanceof ActivityExecutionFailedError)) return error;
  const { cause } = error;
  if (cause instanceof TimeoutFailure) {
    return new Failure('unavailable', `no worker answered within ${QUESTION_TIMEOUT}`, {
      hint: 'Look at: hecate status',
    });
  }
  return failureWords(error);
}
