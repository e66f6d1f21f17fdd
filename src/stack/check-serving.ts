import { setTimeout as sleep } from 'node:timers/promises';
import { servedGeneration } from '../adapters/caddy/data-plane.js';
import { createLogReader } from '../adapters/log/log-reader.js';
import { checkContinuity } from '../adapters/log/log-continuity.js';
import { Failure } from '../ports/failure.js';
import type { CaddyConnection, Connections } from './connections.js';
import { homeLayout } from './home-layout.js';
import type { StackStatus } from './stack-status.js';

const PATIENCE_MS = 3_000;

/**
 * Whether servers that run also serve: the log is the one of this home, and our Caddy has what the log says. Throws
 * `lost` or `unavailable`.
 */
export async function checkServing({ components }: StackStatus, connections: Connections): Promise<void> {
  await checkLog(connections);
  const runs = (name: string) => components.some((one) => one.name === name && one.state === 'running');
  // One that runs elsewhere may be where only the worker reaches it.
  if (runs('caddy') && runs('worker')) await Promise.all(connections.caddy.map(checkCaddy));
}

async function checkLog({ home, nats }: Connections): Promise<void> {
  const log = await createLogReader({ url: nats.url, seedFile: nats.cliSeedFile });
  try {
    await checkContinuity(log, homeLayout(home));
  } finally {
    await log.close();
  }
}

/** A Caddy that has just been started gets its configuration within a second or two. */
async function checkCaddy({ name, http }: CaddyConnection): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; ;) {
    const generation = await servedGeneration(name, http).catch(() => null);
    if (generation !== null) return;
    if (Date.now() > deadline) break;
    await sleep(100);
  }
  throw new Failure('unavailable', `${name} at ${http} serves no route`, {
    system: name,
    hint: 'See: hecate logs worker',
  });
}
