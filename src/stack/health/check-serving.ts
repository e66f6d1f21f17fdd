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
 * Checks that running servers also do their work: the log belongs to this home, no Caddy serves another log, and the stack's
 * Caddy has a configuration from Hecate. Throws `lost` or `unavailable`; waits up to 3 s for Caddy.
 */
export async function checkServing({ components }: StackStatus, connections: Connections): Promise<void> {
  const logId = await checkLog(connections);
  await Promise.all(connections.caddy.map((caddy) => refuseOtherLogs(caddy, logId)));
  const runs = (name: string) => components.some((one) => one.name === name && one.state === 'running');
  // Skip an external Caddy, since perhaps only the worker can reach it.
  if (runs('caddy') && runs('worker')) await Promise.all(connections.caddy.map(checkCaddy));
}

async function checkLog(connections: Connections): Promise<string> {
  const log = await createLogReader(cliNats(connections));
  try {
    return await checkContinuity(log, homeLayout(connections.home));
  } finally {
    await log.close();
  }
}

/** Throws `lost` for a Caddy with the configuration of another log. One that does not answer from here may be fine. */
async function refuseOtherLogs({ name, http }: CaddyConnection, logId: string): Promise<void> {
  const generation = await servedGeneration(name, http).catch(() => null);
  if (generation === null || generation.logId === logId) return;
  const message = `${name} at ${http} serves the configuration of log ${generation.logId}, but the log here is ${logId}; nothing was written to it`;
  throw new Failure('lost', message, {
    system: name,
    hint: 'Each environment needs a Caddy of its own: set HECATE_CADDY_ADMIN, HECATE_CADDY_HTTP and HECATE_CADDY_HTTPS, or unset them. Or restore the log that belongs to this Caddy.',
  });
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
