import { createAlertReader } from '../../adapters/log/stores/alert-memory.js';
import type { AlertReader } from '../../ports/alerts/memory.js';
import { cliNats } from '../../stack/connections.js';
import { connectionsHere } from './connections-here.js';
import { environmentHere } from './environment.js';

/** Connects to the memory of alerts of this home or environment for as long as `use` takes. */
export async function withAlerts<T>(use: (alerts: AlertReader) => Promise<T>): Promise<T> {
  const connections = connectionsHere();
  const alerts = await createAlertReader(cliNats(connections));
  try {
    await environmentHere(connections);
    return await use(alerts);
  } finally {
    await alerts.close();
  }
}
