import { createServer } from 'node:net';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { request } from 'undici';
import type { WorkerLog } from '../../adapters/log/event-log.js';
import type { Proxy } from '../../ports/proxy.js';
import { createHecateFamilies } from './hecate-families.js';
import { serveMetrics } from './serve-metrics.js';
import { createTrafficCounters } from './traffic-counters.js';

const READ_MS = 5_000;
/** Longest wait (ms) for the metrics of Temporal's SDK. */
const SDK_MS = 2_000;
/** Running workflows that are counted. */
const MOST_WORKFLOWS = 1_000;

/** What is measured, and where it is served. */
export interface Measuring {
  /** `host:port` of `/metrics` and `/healthz`. */
  readonly address: string;
  /** `host:port` of the metrics of Temporal's SDK; null: there are none. */
  readonly sdkAddress: string | null;
  readonly version: string;
  readonly log: WorkerLog;
  readonly proxies: readonly Proxy[];
  readonly client: Client;
  readonly taskQueue: string;
  readonly problem: () => string | null;
}

/** Serves the metrics and health of this worker. `stop` ends it. */
export function keepMeasured(measuring: Measuring, logger: Logger): { stop(): void } {
  const { address, sdkAddress, version, log, proxies, client, taskQueue, problem } = measuring;
  const traffic = createTrafficCounters(
    log.figures,
    proxies.map(({ name }) => name),
  );
  const hecate = createHecateFamilies({
    ...{ version, log, proxies, figures: log.figures },
    running: () => runningByType(client, taskQueue),
    firing: () => firingByRule(log),
  });
  // The figures are read in turns, each part once.
  let turn = Promise.resolve();
  const updated = () => (turn = turn.then(() => traffic.update().catch(() => undefined)));
  const timer = setInterval(() => void updated(), READ_MS).unref();
  void updated();
  const server = serveMetrics(
    address,
    {
      async families() {
        await updated();
        return [...(await hecate()), ...traffic.families()];
      },
      sdk: () => (sdkAddress === null ? Promise.resolve('') : sdkMetrics(sdkAddress)),
      problem,
    },
    logger,
  );
  return {
    stop() {
      clearInterval(timer);
      server.stop();
    },
  };
}

async function firingByRule({ alertMemory }: Pick<WorkerLog, 'alertMemory'>): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { rule, firedAt, endedAt } of Object.values((await alertMemory.read())?.memory.alerts ?? {})) {
    if (firedAt !== null && endedAt === null) counts[rule] = (counts[rule] ?? 0) + 1;
  }
  return counts;
}

async function runningByType(client: Client, taskQueue: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  let seen = 0;
  const query = `TaskQueue = '${taskQueue}' AND ExecutionStatus = 'Running'`;
  for await (const { type } of client.workflow.list({ query })) {
    counts[type] = (counts[type] ?? 0) + 1;
    if (++seen >= MOST_WORKFLOWS) break;
  }
  return counts;
}

/** The SDK serves its own metrics; without an answer they are missing. */
async function sdkMetrics(address: string): Promise<string> {
  try {
    const { body } = await request(`http://${address}/metrics`, {
      headersTimeout: SDK_MS,
      bodyTimeout: SDK_MS,
      reset: true,
    });
    return await body.text();
  } catch {
    return '';
  }
}

/** Returns an address on loopback that is free now. */
export async function freeAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { readonly port: number };
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${port}`;
}
