// The worker process: creates adapters from the configuration and serves workflows and activities. May import everything but the client.
import pino from 'pino';
import { Failure } from '../ports/failure.js';
import { loadConnections } from '../stack/load-connections.js';
import { REDACTED } from './activity-log.js';
import { runWorker } from './run-worker.js';

/** Exit codes by kind of failure; any other is 1. */
const EXIT_CODES: Readonly<Partial<Record<Failure['kind'], number>>> = { invalid: 2, unavailable: 6 };

// The log may be on a full disk; an error of a write to it must not end this process.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
const destination = pino.destination(2);
destination.on('error', () => undefined);
const logger = pino({ base: { component: 'worker' }, redact: REDACTED }, destination);
void start().then(
  () => process.exit(0),
  (error: unknown) => {
    logger.fatal({ err: error, hint: error instanceof Failure ? error.details.hint : undefined }, 'the worker stopped');
    process.exit(error instanceof Failure ? (EXIT_CODES[error.kind] ?? 1) : 1);
  },
);

async function start(): Promise<void> {
  const connections = loadConnections(process.env);
  if (connections !== null) return runWorker(connections, logger);
  logger.fatal('no servers are configured: run `hecate up`, or set the HECATE_* variables of deploy/README.md');
  process.exit(6);
}
