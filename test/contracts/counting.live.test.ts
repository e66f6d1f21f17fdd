import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildSync } from 'esbuild';
import { connect } from 'nats';
import { Pool } from 'undici';
import { expect, it, onTestFinished } from 'vitest';
import { createLog } from '../../src/adapters/log/create-log.js';
import { createFigureReader } from '../../src/adapters/log/stores/figures.js';
import { createEventLog } from '../../src/adapters/log/index.js';
import { parseEntry } from '../../src/adapters/traffic/access-entry.js';
import { createAccessLog } from '../../src/adapters/traffic/read-access-log.js';
import { figureLevels, merged, type FigureLevel, type RouteFigures } from '../../src/domain/traffic/figures.js';
import { quantile } from '../../src/domain/traffic/histogram.js';
import { ensureServer } from '../../src/stack/servers/ensure-server.js';
import { draft, route, routeChange } from '../builders/log.js';
import { unlessReset } from '../builders/unless-reset.js';
import { freePort } from './nats-server.js';
import { caddyBinary } from './proxy-binary.js';
import { startCaddy } from './proxy-caddy.js';
import { documentOf } from './proxy-documents.js';
import { startSide } from './proxy-upstream.js';

/** Requests of one run; 100,000 in full. */
const REQUESTS = Number(process.env['HECATE_TRAFFIC_REQUESTS'] ?? 4_000);
const AT_ONCE = 16;
const KILL_EVERY_MS = 1_500;
/** Domain, host and path of each part of the mix, and its share in 100. */
const MIX = [
  { domain: 'app.example.com', host: 'app.example.com', status: 200, share: 60 },
  { domain: 'app.example.com', host: 'app.example.com', status: 404, share: 10 },
  { domain: 'app.example.com', host: 'app.example.com', status: 503, share: 5 },
  { domain: '*.wild.example.com', host: 'a.wild.example.com', status: 200, share: 15 },
  { domain: 'down.example.com', host: 'down.example.com', status: 502, share: 5 },
  { domain: '', host: 'nobody.example.net', status: 404, share: 5 },
] as const;

it.each(['gzip', 'zstd'])(
  'counts every request once over kills of the worker and of NATS, with files that are rotated and compressed by %s',
  async (compression) => {
    const nats = await startDurableNats();
    const upstream = await startSide('upstream');
    const caddy = await startCaddy(await caddyBinary());
    onTestFinished(async () => {
      await Promise.all([upstream.stop(), caddy.stop()]);
    });
    const file = join(caddy.folder, 'access.log');
    await caddy.admin('POST', '/config/logging', { logs: { rolling: rollingLog(file, compression) } });
    const domains = ['app.example.com', '*.wild.example.com', 'down.example.com'];
    const routes = domains.map((domain) => ({
      domain,
      upstream: domain === 'down.example.com' ? '127.0.0.1:9' : upstream.address,
    }));
    const { guard } = await caddy.proxy.current();
    expect(await caddy.proxy.write(documentOf(1, routes, caddy), guard)).toEqual({ kind: 'written' });
    const log = await createEventLog({ url: nats.url, seedFile: null, onWarning: () => undefined });
    const changes = domains.map((domain) => routeChange(null, route(domain)));
    await log.append(draft('routes', { changes }), null);
    await log.close();

    const worker = startWorker(nats.url, file);
    let isOver = false;
    const kills = killInTurn([worker, nats], () => isOver);
    const sent = await visitAll(caddy.http);
    isOver = true;
    expect(await kills).toBeGreaterThan(REQUESTS >= 10_000 ? 5 : 1);
    expect(readdirSync(caddy.folder).some((name) => /\.(?:gz|zst)$/.test(name))).toBe(true);

    await expect
      .poll(async () => requestsOf(await storedIn(nats.url, '10s')), { timeout: 60_000, interval: 500 })
      .toBeGreaterThanOrEqual(REQUESTS);
    // Whatever would be counted twice is counted by then.
    await sleep(3_000);
    for (const level of figureLevels) {
      const stored = await storedIn(nats.url, level);
      const statuses = Object.fromEntries([...stored].map(([domain, { statuses }]) => [domain, statuses]));
      expect(statuses).toEqual(sent);
      expect(requestsOf(stored)).toBe(REQUESTS);
      await expectQuantiles(file, stored);
    }
    const down = (await storedIn(nats.url, '10s')).get('down.example.com');
    expect(down?.refused).toEqual({ 'no-upstream': down?.requests });
  },
  600_000,
);

function rollingLog(filename: string, compression: string) {
  const roll = { roll_size_mb: 1, roll_keep: 1_000, roll_compression: compression };
  return {
    writer: { output: 'file', filename, ...roll },
    encoder: { format: 'json' },
    include: ['http.log.access.hecate'],
  };
}

/** A NATS that keeps its address and its data when it is killed. */
async function startDurableNats() {
  const folder = mkdtempSync(join(tmpdir(), 'hecate-log-'));
  const [program, port] = [await ensureServer('nats-server', process.env), await freePort()];
  const url = `nats://127.0.0.1:${port}`;
  const start = () =>
    spawn(program, ['-js', '-sd', folder, '-a', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  let server = start();
  onTestFinished(async () => {
    await killed(server);
    rmSync(folder, { recursive: true, force: true });
  });
  const nc = await connect({ servers: url, waitOnFirstConnect: true, reconnectTimeWait: 50 });
  await createLog(nc, { logId: 'log-1' });
  await nc.close();
  return {
    url,
    async restart() {
      await killed(server);
      server = start();
    },
  };
}

/** A worker that counts; it is started again when it ends by itself, as the supervisor does. */
function startWorker(url: string, file: string) {
  const folder = mkdtempSync(join(tmpdir(), 'hecate-counting-'));
  const outfile = join(folder, 'worker.cjs');
  const entryPoints = [join(import.meta.dirname, 'counting-worker.ts')];
  const target = { platform: 'node', format: 'cjs', target: 'node20', logLevel: 'error' } as const;
  buildSync({ entryPoints, outfile, bundle: true, ...target });
  let isWanted = true;
  let child: ChildProcess;
  const start = () => {
    child = spawn(process.execPath, [outfile, url, file], { stdio: 'ignore' });
    child.once('exit', () => void (isWanted && setTimeout(start, 100)));
  };
  start();
  onTestFinished(async () => {
    isWanted = false;
    await killed(child);
    rmSync(folder, { recursive: true, force: true });
  });
  return { restart: () => killed(child) };
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function killInTurn(of: readonly { restart(): Promise<void> }[], isOver: () => boolean): Promise<number> {
  let kills = 0;
  for (; !isOver(); kills++) {
    await of[kills % of.length]?.restart();
    // Not in step with the slots.
    await sleep(KILL_EVERY_MS * (0.3 + Math.random() * 1.4));
  }
  return kills;
}

/** Sends the mix and returns what visitors got: by domain, the requests of each status. */
async function visitAll(http: string) {
  const visitors = new Pool(http, { connections: AT_ONCE });
  onTestFinished(() => visitors.destroy());
  const plan = MIX.flatMap((part) => Array.from({ length: part.share }, () => part));
  const sent: Record<string, Record<string, number>> = {};
  let next = 0;
  const visit = async () => {
    while (next < REQUESTS) {
      const number = next++;
      const { domain, host, status } = plan[(number * 37) % plan.length] ?? MIX[0];
      const path = `/${status}?after=${number % 11}&token=secret`;
      const got = await unlessReset(async () => {
        const answer = await visitors.request({ method: 'GET', path, headers: { host } });
        await answer.body.dump();
        return answer.statusCode;
      });
      expect(got).toBe(status);
      const counts = (sent[domain] ??= {});
      counts[got] = (counts[got] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, visit));
  return sent;
}

async function storedIn(url: string, level: FigureLevel): Promise<Map<string, RouteFigures>> {
  const parts = new Map<string, RouteFigures[]>();
  // NATS may have been killed just now.
  const reader = await createFigureReader({ url, seedFile: null }).catch(() => null);
  if (reader === null) return new Map();
  try {
    for await (const { routes } of reader.slots(level, 0, Date.now() + 60_000)) {
      for (const [domain, figures] of Object.entries(routes)) {
        parts.set(domain, [...(parts.get(domain) ?? []), figures]);
      }
    }
  } finally {
    await reader.close();
  }
  return new Map([...parts].map(([domain, list]) => [domain, merged(list)]));
}

function requestsOf(stored: ReadonlyMap<string, RouteFigures>): number {
  return [...stored.values()].reduce((sum, { requests }) => sum + requests, 0);
}

/** Compares with the exact quantiles of the durations in the log. */
async function expectQuantiles(file: string, stored: ReadonlyMap<string, RouteFigures>): Promise<void> {
  const durations: number[] = [];
  for await (const { lines } of createAccessLog('caddy', 'caddy', file).readOn(null)) {
    for (const entry of lines.map(parseEntry)) {
      if (entry?.host === 'app.example.com' && !entry.isOwn) durations.push(entry.durationMs);
    }
  }
  durations.sort((a, b) => a - b);
  for (const share of [0.5, 0.9, 0.95, 0.99]) {
    const exact = durations[Math.ceil(share * durations.length) - 1] ?? NaN;
    const found = quantile((stored.get('app.example.com') as RouteFigures).latency, share) ?? NaN;
    expect(Math.abs(found - exact) / exact).toBeLessThan(0.01);
  }
}
