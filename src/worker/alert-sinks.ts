import { createAlertSender } from '../adapters/alerts/alert-sender.js';
import { createNameLookup } from '../adapters/machine/name-lookup.js';
import { createSurroundings } from '../adapters/machine/surroundings.js';
import type { AlertSender } from '../ports/alerts/sender.js';
import { Failure } from '../ports/failure.js';
import type { Connections } from '../stack/connections.js';
import { knownParts } from './systems/own-servers.js';

/** Creates the sender of alerts of this worker. Connects to nothing. */
export function alertSenderOf(connections: Connections, env: NodeJS.ProcessEnv): AlertSender {
  return createAlertSender({
    resolve: createNameLookup(),
    surroundings: createSurroundings({ ...knownParts(connections), seenFrom: 'here' }),
    allowsPrivate: allowsPrivate(env['HECATE_ALLOW_PRIVATE_SINKS']),
    nowMs: () => Date.now(),
  });
}

function allowsPrivate(text = ''): boolean {
  if (text === '' || text === 'off') return false;
  if (text === 'on') return true;
  throw new Failure('invalid', `HECATE_ALLOW_PRIVATE_SINKS ${JSON.stringify(text)} is neither on nor off`, {
    hint: 'Set it to on when alert sinks may have private addresses, or leave it out.',
  });
}
