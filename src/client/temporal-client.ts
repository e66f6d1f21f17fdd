import { Client, Connection, ServiceError, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { ErrorKind } from '../domain/refusal.js';
import { Failure } from '../ports/failure.js';
import type { Connections } from '../stack/connections.js';
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
  if (!(error instanceof WorkflowFailedError)) return error;
  let root: unknown = error;
  while (root instanceof Error && root.cause instanceof Error) root = root.cause;
  if (!(root instanceof ApplicationFailure)) return new Failure('unavailable', String(root), { cause: error });
  const [hint] = (root.details ?? []) as (string | null)[];
  return new Failure((root.type ?? 'unavailable') as ErrorKind, root.message, hint ? { hint } : {});
}
