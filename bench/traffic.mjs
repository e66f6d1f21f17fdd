// Memory, time and size of the traffic figures of many routes: node scripts/run.mjs bench/traffic.mjs. Part of `npm run bench`;
// `--small` is the case of its kind in `npm test`. Requests of 10,000 routes in an access log are counted over NATS, as a worker
// does it, summed to minutes and an hour, and read.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const small = process.argv.includes('--small');
const [routes, slots] = small ? [500, 7] : [10_000, 14];
// In dist, so that packages are found from there.
const bundles = join(root, 'dist', 'bench-traffic');

const contents = `
  import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
  import { tmpdir } from 'node:os';
  import { join } from 'node:path';
  import { createRequestCounting } from './src/activities/traffic/count-requests.ts';
  import { sumFigures } from './src/activities/traffic/sum-figures.ts';
  import { figuresOn } from './src/adapters/log/stores/figures.ts';
  import { parseEntry } from './src/adapters/traffic/access-entry.ts';
  import { createAccessLog } from './src/adapters/traffic/read-access-log.ts';
  import { countingFigures } from './src/domain/traffic/figures.ts';
  import { logLine } from './test/builders/access-log.ts';
  import { route, stateWith } from './test/builders/log.ts';
  import { startNats } from './test/contracts/nats-server.ts';

  const [routes, slots] = process.argv.slice(2).map(Number);
  const folder = mkdtempSync(join(tmpdir(), 'hecate-bench-traffic-'));
  const [file, nats] = [join(folder, 'access.log'), await startNats()];
  const nc = await nats.admin();
  const hosts = Array.from({ length: routes }, (_, i) => 'app-' + i + '.example.com');
  const state = stateWith(...hosts.map((host) => route(host)));
  const start = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 7_200_000;
  for (let slot = 0; slot < slots; slot++) {
    const lines = hosts.flatMap((host, i) => [0, 1, 2].map((n) => logLine({
      host, endedMs: start + slot * 10_000 + (i * 3 + n) % 10_000, durationMs: 1 + ((i * 7919 + n * 104729 + slot) % 5000) / 10,
      upstreamMs: 1, upstream: '10.0.' + (i % 250) + '.' + n + ':8080', path: '/page/' + n, clientIp: '192.0.2.' + ((i + slot) % 250),
    })));
    appendFileSync(file, lines.sort((a, b) => JSON.parse(a).ts - JSON.parse(b).ts).map((line) => line + '\\n').join(''));
  }
  globalThis.gc?.();
  const idle = process.memoryUsage.rss();
  let peak = 0;
  const look = setInterval(() => { peak = Math.max(peak, process.memoryUsage.rss()); }, 20);
  const timed = async (work) => { const since = performance.now(); await work(); return performance.now() - since; };
  const figures = figuresOn(nc);
  const end = start + 7_200_000;
  const count = createRequestCounting({
    log: { view: async () => ({ logId: 'log', state }) }, figures, parse: parseEntry, nowMs: () => end,
    accessLog: createAccessLog('caddy', 'caddy', file),
  });
  const countMs = await timed(count);
  const sumMs = await timed(async () => { for (const level of ['1m', '1h']) await sumFigures(figures, 'caddy', level, end); });
  const counts = new Map();
  const readMs = await timed(async () => {
    for await (const { routes } of figures.slots('10s', start, end))
      for (const [domain, part] of Object.entries(routes)) {
        const counting = counts.get(domain) ?? countingFigures();
        counts.set(domain, counting);
        counting.addAll(part);
      }
  });
  clearInterval(look);
  peak = Math.max(peak, process.memoryUsage.rss());
  const requests = [...counts.values()].reduce((sum, one) => sum + one.figures().requests, 0);
  const said = { requests, lines: routes * 3 * slots, countMs, sumMs, readMs, idle, peak, log: statSync(file).size, size: await figures.size() };
  console.log(JSON.stringify(said));
  await nc.close();
  nats.stop();
  rmSync(folder, { recursive: true });
`;

mkdirSync(bundles, { recursive: true });
try {
  const outfile = join(bundles, 'run.mjs');
  const banner = { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);` };
  await build({ stdin: { contents, resolveDir: root, loader: 'ts' }, outfile, banner, bundle: true, platform: 'node', target: 'node20', format: 'esm', logLevel: 'error' }); // prettier-ignore
  const args = ['--expose-gc', outfile, String(routes), String(slots)];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const { requests, lines, countMs, sumMs, readMs, idle, peak, size } = JSON.parse(stdout);
  const MIB = 1024 * 1024;
  if (requests !== lines) throw new Error(`${requests} of ${lines} requests were counted`);
  const memory = (peak - idle) / MIB;
  console.log(`memory above idle to count, sum and read ${routes} routes, MiB: ${memory.toFixed(0)}  (target 300: ${memory <= 300 ? 'met' : 'NOT met'})  peak of the process ${(peak / MIB).toFixed(0)}`); // prettier-ignore
  console.log(`${lines} requests: counted in ${countMs.toFixed(0)} ms, summed in ${sumMs.toFixed(0)} ms, read in ${readMs.toFixed(0)} ms`); // prettier-ignore
  for (const { level, messages, bytes } of size) console.log(`${level}: ${messages} parts, ${(bytes / MIB).toFixed(1)} MiB`); // prettier-ignore
} finally {
  rmSync(bundles, { recursive: true, force: true });
}
