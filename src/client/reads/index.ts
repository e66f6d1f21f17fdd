// Access to the log alone, without a worker or Temporal: a bundle of its own, loaded by the reads that need it.
export { withAlerts } from '../connect/with-alerts.js';
export { withFigures } from '../connect/with-figures.js';
export { withObservations } from '../connect/with-observations.js';
export { withLog } from '../connect/with-log.js';
import { connectionsHere } from '../connect/connections-here.js';
import { signerHere } from '../connect/signing.js';
import type { OperatorHere } from './read.js';

export { look } from './reading.js';

/** Returns the operator whose key this user has. Throws `denied`. */
export function operatorHere(): OperatorHere {
  const { operator, publicKey } = signerHere(connectionsHere());
  return { name: operator, publicKey };
}
