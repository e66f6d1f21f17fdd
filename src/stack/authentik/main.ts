// The stand-in for authentik as a process of its own, for the embedded stack and for tests. Imports of the stack only.
import { parseArgs } from 'node:util';
import { startStandIn } from './stand-in.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    port: { type: 'string' },
    host: { type: 'string', default: '127.0.0.1' },
    'outpost-delay-ms': { type: 'string', default: '0' },
  },
});
if (!/^(127\.0\.0\.1|localhost)$/.test(values.host)) {
  process.stderr.write(`error: a stand-in never listens beyond loopback, so not on ${values.host}\n`);
  process.exit(2);
}
if (values.data === undefined || values.port === undefined) {
  process.stderr.write('usage: authentik-stand-in --data FOLDER --port PORT [--outpost-delay-ms MS]\n');
  process.exit(2);
}
startStandIn({
  data: values.data,
  port: Number(values.port),
  outpostDelayMs: Number(values['outpost-delay-ms']),
  log: (line) => process.stderr.write(`${new Date().toISOString()} ${line}\n`),
}).catch((error: unknown) => {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
