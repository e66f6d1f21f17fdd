import type { Connections } from '../stack/connections.js';
import { connectionsHere } from './connect/connections-here.js';
import { connectOperations, type OperationsClient } from './run/operations-client.js';

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
