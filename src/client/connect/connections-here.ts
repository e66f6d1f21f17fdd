// Connections to the servers of this home. May import adapters and the stack.
import { Failure } from '../../ports/failure.js';
import type { Connections } from '../../stack/connections.js';
import { homeLayout } from '../../stack/home-layout.js';
import { loadConnections } from '../../stack/load-connections.js';
import { guardSupervisor } from '../../stack/processes/start-supervisor.js';
import { toStderr } from '../print/visible.js';

/** Returns the addresses of all servers of this home or environment. Throws `unavailable` where there is neither. */
export function connectionsHere(): Connections {
  const connections = loadConnections(process.env);
  if (connections) {
    void guard(connections);
    return connections;
  }
  throw new Failure('unavailable', 'no stack was started here, and the environment names no servers', {
    hint: 'Start the stack: hecate up',
  });
}

/** Has each command notice a supervisor that was killed or hangs. The servers go on meanwhile, so nothing waits for it. */
async function guard({ home }: Connections): Promise<void> {
  try {
    const guarded = await guardSupervisor(homeLayout(home));
    if (guarded === 'replaced') toStderr('the supervisor of the stack was killed or hung; started it again');
  } catch {
    // The command goes on without; `hecate status` names the cause.
  }
}
