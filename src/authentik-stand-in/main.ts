// Entry of the stand-in's process: `--data DIR --port N [--latency none|real]
// [--outpost-delay-ms 0|4000-14000] [--groups a,b] [--address 127.0.0.1]`.
// Imports node's own modules and this folder only.
import { parseArgs } from 'node:util';
import { startStandIn } from './stand-in.js';

// The log may be on a full disk; an error of a write to it must not end this process.
process.stderr.on('error', () => undefined);
const log = (line: string) => void process.stderr.write(`${new Date().toISOString()} ${line}\n`);

async function main(): Promise<void> {
  log('starting a stand-in for authentik; it is for development only');
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      port: { type: 'string' },
      address: { type: 'string', default: '127.0.0.1' },
      groups: { type: 'string', default: '' },
      latency: { type: 'string', default: 'none' },
      'outpost-delay-ms': { type: 'string' },
    },
  });
  if (values.address !== '127.0.0.1')
    throw new Error(`--address ${values.address} is refused: the stand-in listens on 127.0.0.1 only`);
  const port = count('port', values.port);
  if (!values.data) throw new Error('--data DIR is missing: the folder for its state');
  const { latency } = values;
  if (latency !== 'none' && latency !== 'real') throw new Error('--latency must be none or real');
  const delay = values['outpost-delay-ms'];
  const outpost = delay === undefined ? {} : { outpostDelayMs: range('outpost-delay-ms', delay) };
  const groups = values.groups.split(',').filter((name) => name !== '');
  const { url, close } = await startStandIn({ data: values.data, port, latency, ...outpost, groups, log });
  log(`listens on ${url}`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void close());
}

function count(name: string, text: string | undefined): number {
  if (text === undefined || !/^\d+$/.test(text))
    throw new Error(`--${name} must be a whole number, for example: --${name} 9000`);
  return Number(text);
}

/** A whole number, or two with a hyphen between. */
function range(name: string, text: string): readonly [number, number] {
  const [least, most = least] = text.split('-');
  return [count(name, least), count(name, most)];
}

main().catch((cause: unknown) => {
  log(`stopped by an error: ${(cause as Error).message}`);
  process.exitCode = 1;
});
