// Connections to the servers of this home. May import adapters and the stack.
import { Failure } from '../../ports/failure.js';
import type { Connections } from '../../stack/connections.js';
import { loadConnections } from '../../stack/load-connections.js';

/** Returns the addresses of all servers of this home or environment. Throws `unavailable` where there is neither. */
export function connectionsHere(): Connections {
  const connections = loadConnections(process.env);
  if (connections) return connections;
  throw new Failure('unavailable', 'no stack was started here, and the environment names no servers', {
    hint: 'Start the stack: hecate up',
  });
}
