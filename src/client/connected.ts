import { Failure } from '../ports/failure.js';
import type { Connections } from '../stack/connections.js';
import { loadConnections } from '../stack/load-connections.js';
import { connectOperations, type OperationsClient } from './operations-client.js';

/** Connects to the Temporal of this home or environment for as long as `use` takes. */
export async function withOperations<T>(
  use: (operations: OperationsClient, connections: Connections) => Promise<T>,
): Promise<T> {
  const connections = loadConnections(process.env);
  if (!connections) {
    throw new Failure('unavailable', 'there is no stack here and no server is named in the environment', {
      hint: 'Start one: hecate up',
    });
  }
  const operations = await connectOperations(connections);
  try {
    return await use(operations, connections);
  } finally {
    await operations.close();
  }
}
