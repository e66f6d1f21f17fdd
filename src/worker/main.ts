// The worker process: configuration to adapters to activities to a Temporal Worker. May import everything but the client.
import pino from 'pino';
import { Failure } from '../ports/failure.js';
import { loadConnections } from '../stack/load-connections.js';
import { runWorker } from './run-worker.js';

const logger = pino({ base: { component: 'worker' } }, pino.destination(2));
const connections = loadConnections(process.env);
if (!connections) {
  logger.fatal('no connections: run `hecate up`, or name the servers in the environment');
  process.exit(6);
}
runWorker(connections, logger).then(
  () => process.exit(0),
  (error: unknown) => {
    logger.fatal(
      { err: error, hint: error instanceof Failure ? error.details.hint : undefined },
      'the worker cannot go on',
    );
    process.exit(error instanceof Failure && error.kind === 'unavailable' ? 6 : 1);
  },
);
