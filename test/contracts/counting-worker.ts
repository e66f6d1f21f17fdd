// A program for tests: counts the requests of an access log, as the worker does, until it is killed.
import { pino } from 'pino';
import { createEventLog } from '../../src/adapters/log/index.js';
import { parseEntry } from '../../src/adapters/traffic/access-entry.js';
import { createAccessLog } from '../../src/adapters/traffic/read-access-log.js';
import { keepCounting } from '../../src/worker/keepers/keep-counting.js';

const [url = '', file = ''] = process.argv.slice(2);

async function work(): Promise<void> {
  const log = await createEventLog({ url, seedFile: null, onWarning: (text) => process.stderr.write(`${text}\n`) });
  const accessLogs = [createAccessLog('caddy', 'caddy', file)];
  keepCounting(
    { log, figures: log.figures, accessLogs, parse: parseEntry, nowMs: Date.now },
    pino({ level: 'silent' }),
  );
  process.stdout.write('counting\n');
  setInterval(() => undefined, 1_000);
}

work().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
