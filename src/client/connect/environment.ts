import { shownNats } from '../../adapters/log/nats/nats-servers.js';
import { isObject, readJson } from '../../adapters/files/private-files.js';
import { knownLogId, refuseOtherLog } from '../../adapters/log/log-continuity.js';
import { logIdAt } from '../../adapters/log/log-id.js';
import { cliNats, type Connections } from '../../stack/connections.js';
import { homeLayout } from '../../stack/home-layout.js';
import { temporalNames, type TemporalNames } from '../../stack/temporal-names.js';

/**
 * Returns the id of this environment's log: from the home, else asked of NATS. Throws `lost` when NATS has another log than
 * the home names, `missing` when it has none, and `unavailable`.
 */
export async function environmentHere(connections: Connections): Promise<string> {
  const { home, nats } = connections;
  const layout = homeLayout(home);
  const own = knownLogId(layout);
  // The worker compares the home's own NATS; asking it for each command would only cost time.
  const isOwnNats = readJson<Connections>(layout.connections, isObject).value?.nats.url === nats.url;
  if (own !== null && isOwnNats) return own;
  const found = await logIdAt(cliNats(connections));
  refuseOtherLog(found, layout, `nats at ${shownNats(nats.url)}`);
  return found;
}

/** Returns the names of this environment in Temporal. Throws as {@link environmentHere} does. */
export async function temporalNamesHere(connections: Connections): Promise<TemporalNames> {
  return temporalNames(connections, await environmentHere(connections));
}
