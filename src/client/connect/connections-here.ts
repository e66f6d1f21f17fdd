import { Failure } from '../../ports/failure.js';
import type { Connections } from '../../stack/connections.js';
import { loadConnections } from '../../stack/load-connections.js';

/** Where every system of this home or environment is. Throws `unavailable`, with the way out, where there is neither. */
export function connectionsHere(): Connections {
  const connections = loadConnections(process.env);
  if (connections) return connections;
  throw new Failure('unavailable', 'there is no stack here and no server is named in the environment', {
    hint: 'Start one: hecate up',
  });
}
