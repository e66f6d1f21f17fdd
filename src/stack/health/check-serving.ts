import { setTimeout as sleep } from 'node:timers/promises';
import { servedGeneration } from '../../adapters/caddy/data-plane.js';
import { createLogReader } from '../../adapters/log/log-reader.js';
import { checkContinuity } from '../../adapters/log/log-continuity.js';
import { Failure } from '../../ports/failure.js';
import { cliNats, type CaddyConnection, type Connections } from '../connections.js';
import { homeLayout } from '../home-layout.js';
import type { StackStatus } from './stack-status.js';

const PATIENCE_MS = 3_000;

/**
 * Checks that running servers also do their work: the log belongs to this home, and the stack's Caddy has a configuration
 * from Hecate. Throws `lost` or `unavailable`; waits up to 3 s for Caddy.
 */
export async function checkServing({ components }: StackStatus, connections: Connections): Promise<void> {
  await checkLog(connections);
  const runs = (name: string) => components.some((one) => one.name === name && one.state === 'running');
  // Skip an external Caddy, since perhaps only the worker can reach it.
  if (runs('caddy') && runs('worker')) await Promise.all(connections.caddy.map(checkCaddy));
}

async function checkLog(connections: Connections): Promise<void> {
  const log = await createLogReader(cliNats(connections));
  try {
    await checkContinuity(log, homeLayout(connections.home));
  } finally {
    await log.close();
  }
}

/** Waits for Caddy's configuration: the worker writes it within two seconds of a start. */
async function checkCaddy({ name, http }: CaddyConnection): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; ;) {
    const generation = await servedGeneration(name, http).catch(() => null);
    if (generation !== null) return;
    if (Date.now() > deadline) break;
    await sleep(100);
  }
  throw new Failure('unavailable', `${name} at ${http} has no configuration from Hecate, so it serves no route`, {
    system: name,
    hint: "Look for the cause in the worker's log: hecate logs worker",
  });
}
