// What Hecate's configuration costs Caddy, as ratios within one run: throughput with figures against without, and of a plain
// route against a one-line Caddyfile without a log. Rounds of all variants alternate, since the machine's speed drifts.
// `--parts` also measures the parts; `--small` is short. With `wrk` on the PATH it is the load generator, else one of Node.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const isSmall = process.argv.includes('--small');
const withParts = process.argv.includes('--parts');
const rounds = isSmall ? 3 : 7;
const seconds = isSmall ? 1 : 2;
const CONNECTIONS = 16;
const HOST = 'app.example.com';
const folder = mkdtempSync(join(tmpdir(), 'hecate-proxy-cost-'));
const hasWrk = spawnSync('wrk', ['-v']).error === undefined;

const { compile, logsConfig, servedRoute, caddyBinary } = await sources();
const caddyProgram = await caddyBinary();
const started = [];
try {
  const upstream = await startCaddy('upstream', (port) => bareServer(port, { handler: 'static_response', body: 'ok' }));
  const variants = [];
  for (const [name, config] of Object.entries(configs(`127.0.0.1:${upstream.port}`)))
    variants.push({ name, ...(await startCaddy(name, config)), rates: [], costs: [] });
  for (const one of variants) await load(one.port, 1);
  for (let round = 0; round < rounds; round++) {
    for (const one of round % 2 === 0 ? variants : variants.toReversed()) {
      const before = cpuMs(one.pid);
      const requests = await load(one.port, seconds);
      one.rates.push(requests / seconds);
      one.costs.push(((cpuMs(one.pid) - before) * 1000) / requests);
    }
  }
  report(variants);
} finally {
  for (const child of started) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}

/** The variants: functions from a port to Caddy's configuration. */
function configs(dial) {
  const ours =
    (change = (config) => config) =>
    (port) =>
      change(oursConfig(port, dial));
  const proxy = { handler: 'reverse_proxy', upstreams: [{ dial }] };
  const all = {
    'one-line Caddyfile': (port) => bareServer(port, proxy),
    'plain route': ours(),
    'without figures': ours(withoutFigures),
  };
  if (!withParts) return all;
  const log = { logs: { default_logger_name: 'hecate' } };
  return {
    ...all,
    'one line, with an access log of Caddy’s own': (port) => ({
      ...bareServer(port, proxy, log),
      logging: {
        logs: {
          default: { exclude: ['http.log.access'] },
          own: { ...logsConfig(join(folder, 'own.log')).hecate_access, encoder: { format: 'json' } },
        },
      },
    }),
    'one line, with our log, no fields': (port) => ({
      ...bareServer(port, proxy, log),
      logging: { logs: logsConfig(join(folder, 'bare.log')) },
    }),
    'without the field': ours((config) => withoutHandlers(config, (handler) => !isLogHandler(handler))),
    'only the last route': ours((config) => {
      const { server } = serverOf(config);
      server.routes = server.routes.filter(({ match }) => match?.[0]?.host?.includes(HOST));
      return config;
    }),
  };
}

function oursConfig(port, dial) {
  const settings = { httpPort: port, httpsPort: port, outpost: { dial: '127.0.0.1:9', tlsServerName: null } };
  const generation = { logId: 'bench', sequence: 1, hash: 'bench' };
  const { server } = compile([servedRoute(HOST, dial)], settings, generation);
  const { tls_connection_policies: _, ...plain } = structuredClone(server);
  return {
    admin: { disabled: true },
    logging: { logs: logsConfig(join(folder, `${port}.log`)) },
    apps: { http: { servers: { hecate: { ...plain, listen: [`127.0.0.1:${port}`] } } } },
  };
}

function bareServer(port, handler, more = {}) {
  const server = { listen: [`127.0.0.1:${port}`], automatic_https: { disable: true }, ...more };
  return {
    admin: { disabled: true },
    apps: { http: { servers: { hecate: { ...server, routes: [{ handle: [handler] }] } } } },
  };
}

function serverOf(config) {
  return { server: config.apps.http.servers.hecate };
}

function withoutFigures(config) {
  delete config.logging;
  delete serverOf(config).server.logs;
  return withoutHandlers(config, (handler) => !isLogHandler(handler));
}

function isLogHandler({ handler, destinations }) {
  return handler === 'map' && destinations.includes('{hecate_request}');
}

function withoutHandlers(config, keeps) {
  const { server } = serverOf(config);
  server.routes = server.routes
    .map((route) => ({ ...route, handle: route.handle.filter(keeps) }))
    .filter(({ handle }) => handle.length > 0);
  return config;
}

async function sources() {
  const outfile = join(folder, 'sources.mjs');
  const from = (path) => JSON.stringify(join(root, path));
  await build({
    stdin: {
      contents: `
        export { compile } from ${from('src/domain/caddy/document.ts')};
        export { logsConfig } from ${from('src/adapters/caddy/access-log-config.ts')};
        export { caddyBinary } from ${from('test/contracts/proxy-binary.ts')};
        import { plainRoute } from ${from('src/domain/resources/route.ts')};
        import { served } from ${from('test/builders/served.ts')};
        export const servedRoute = (domain, dial) => served(plainRoute(domain, dial), 1);`,
      resolveDir: root,
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
    logLevel: 'error',
    banner: {
      js: `import { createRequire } from 'node:module'; const require = createRequire(${from('package.json')});`,
    },
  });
  return import(outfile);
}

async function startCaddy(name, config) {
  const port = await freePort();
  const file = join(folder, `${port}.json`);
  writeFileSync(file, JSON.stringify(config(port)));
  const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  const child = spawn(caddyProgram, ['run', '--config', file], { env, stdio: 'ignore' });
  started.push(child);
  for (let attempt = 0; attempt < 100; attempt++) {
    if ((await statusOf(port)) === 200) return { port, pid: child.pid };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${name}: Caddy does not answer`);
}

function statusOf(port, agent) {
  return new Promise((resolve) => {
    const asked = request({ port, host: '127.0.0.1', headers: { host: HOST }, agent }, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode));
    });
    asked.once('error', () => resolve(0)).end();
  });
}

/** Asks for so many seconds, and returns the number of answers. */
async function load(port, forSeconds) {
  if (!hasWrk) return loadByNode(port, forSeconds);
  const args = [
    '-t1',
    `-c${CONNECTIONS}`,
    `-d${forSeconds}s`,
    '-H',
    `Host: ${HOST}`,
    `http://127.0.0.1:${port}/path?query=1`,
  ];
  const wrk = spawn('wrk', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  for await (const chunk of wrk.stdout) output += chunk;
  if (/Non-2xx|Socket errors/.test(output)) throw new Error(output);
  return Number(/(\d+) requests in/.exec(output)[1]);
}

async function loadByNode(port, forSeconds) {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const end = performance.now() + forSeconds * 1000;
  let answers = 0;
  const ask = async () => {
    for (; performance.now() < end; answers++)
      if ((await statusOf(port, agent)) !== 200) throw new Error('Caddy does not answer');
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, ask));
  agent.destroy();
  return answers;
}

/** Processor time that a process used; 0 where the system does not tell. */
function cpuMs(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return 0;
  }
}

function report(variants) {
  const [bare, ours, without] = variants;
  console.log(`load by ${hasWrk ? 'wrk' : 'Node'}, ${CONNECTIONS} connections, ${rounds} rounds of ${seconds} s each`);
  for (const one of variants) {
    const cost = `${median(one.costs).toFixed(1)} µs of Caddy’s processor time a request`;
    console.log(
      `${one.name}: ${Math.round(median(one.rates))} requests/s, ${ratio(one, bare).toFixed(3)} of one line, ${cost}`,
    );
  }
  verdict('with figures against without', ratio(ours, without), 0.97);
  verdict('plain route against one line without a log', ratio(ours, bare), 0.9);
}

/** Median of the ratios within each round. */
function ratio(one, other) {
  return median(one.rates.map((rate, round) => rate / other.rates[round]));
}

function verdict(what, value, target) {
  console.log(`${what}: ${value.toFixed(3)}  (target ${target}: ${value >= target ? 'met' : 'NOT met'})`);
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
