// The stand-in for authentik as a process: `--data DIR --port N [--outpost-delay-ms 0] [--groups a,b] [--address 127.0.0.1]`.
// Lives beside the stack's other servers; imports node's own modules and src/stack only.
import { parseArgs } from 'node:util';
import { startStandIn } from './stand-in.js';

const log = (line: string) => void process.stderr.write(`${new Date().toISOString()} ${line}\n`);

async function main(): Promise<void> {
  log('a stand-in for authentik, for development: this is not authentik');
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      port: { type: 'string' },
      address: { type: 'string', default: '127.0.0.1' },
      groups: { type: 'string', default: '' },
      'outpost-delay-ms': { type: 'string', default: '0' },
    },
  });
  if (values.address !== '127.0.0.1') throw new Error(`listens on 127.0.0.1 only, not on ${values.address}`);
  const port = count('port', values.port);
  if (!values.data) throw new Error('--data names the folder for its state');
  const outpostDelayMs = count('outpost-delay-ms', values['outpost-delay-ms']);
  const groups = values.groups.split(',').filter((name) => name !== '');
  const { url, close } = await startStandIn({ data: values.data, port, outpostDelayMs, groups, log });
  log(`listens on ${url}`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void close());
}

function count(name: string, text: string | undefined): number {
  if (text === undefined || !/^\d+$/.test(text)) throw new Error(`--${name} needs a number`);
  return Number(text);
}

main().catch((cause: unknown) => {
  log(`stops: ${(cause as Error).message}`);
  process.exitCode = 1;
});
