// The worker process: creates adapters from the configuration and serves workflows and activities. May import everything but the client.
import pino from 'pino';
import { Failure } from '../ports/failure.js';
import { loadConnections } from '../stack/load-connections.js';
import { runWorker } from './run-worker.js';

const logger = pino({ base: { component: 'worker' } }, pino.destination(2));
const connections = loadConnections(process.env);
if (!connections) {
  logger.fatal('no servers are configured: run `hecate up`, or set the HECATE_* variables of deploy/README.md');
  process.exit(6);
}
runWorker(connections, logger).then(
  () => process.exit(0),
  (error: unknown) => {
    logger.fatal({ err: error, hint: error instanceof Failure ? error.details.hint : undefined }, 'the worker stopped');
    process.exit(error instanceof Failure && error.kind === 'unavailable' ? 6 : 1);
  },
);
