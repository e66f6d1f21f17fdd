// Many routes: speed as ratios within one run, beside nginx and a Caddy with one route per host. Part of `npm run bench`;
// `--small` has few routes. nginx is left out, and that is said, where it is not installed.
import { spawn, spawnSync } from 'node:child_process';
import { Agent, createServer, request } from 'node:http';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { callAdmin, freePort, quantile, root, startStack, timed } from './stack.mjs';

const small = process.argv.includes('--small');
const sizes = small ? [10, 300] : [10, 1_000, 10_000];
const folder = mkdtempSync(join(tmpdir(), 'hecate-scale-'));
const upstreams = await Promise.all(['a', 'b'].map(startUpstream));
const nginxProgram = ['nginx', '/usr/sbin/nginx'].find((name) => spawnSync(name, ['-v']).status === 0);
if (!nginxProgram) console.log('nginx is not installed: its figures are left out');

for (const size of sizes) await measure(size);
for (const { server } of upstreams) server.close();
rmSync(folder, { recursive: true, force: true });

function figure(what, ratio, target, detail) {
  const verdict =
    target === null ? '' : ratio <= target ? `  (target ${target}: met)` : `  (target ${target}: NOT met)`;
  console.log(`${what}: ${ratio.toFixed(2)}${verdict}  ${detail}`);
}

async function measure(size) {
  const stack = await startStack();
  const bare = await startBareCaddy(stack, size);
  const nginx = nginxProgram ? await startNginx(size) : null;
  try {
    const hosts = Array.from({ length: size }, (_, i) => `h${i}.example.com`);
    await compiling(size);
    await parsing(hosts);
    await applied(stack, hosts, size);
    await answers(stack, { bare, nginx, size });
    await changes(stack, { bare, nginx, size });
    await withHealthChecks(stack, hosts, size);
    const mine = stack.status().components.find(({ name }) => name === 'caddy').pid;
    const shares = [`ours ${residentMb([mine])} MB`, `bare Caddy ${residentMb([bare.pid])} MB`];
    if (nginx) shares.push(`nginx ${residentMb(nginx.pids())} MB`);
    console.log(`memory at ${size} routes (with health checks on ours): ${shares.join(', ')}`);
  } finally {
    nginx?.stop();
    bare.stop();
    await stack.stop();
  }
}

/** From parsed manifests to live, and one changed of all, against a bare write of what that compiles to. */
async function applied(stack, hosts, size) {
  const manifests = (digest, changed = 0) => ({
    source: { name: 'bench', repository: 'bench', ref: null, sha: null, head: null, digest },
    resources: hosts.map((domain, i) => described(domain, upstreams[i < changed ? 1 : 0].address)),
  });
  /** Milliseconds until the host is answered by the upstream, and until the operation has ended. */
  const run = async (wanted, host, { name }) => {
    const started = performance.now();
    // Asking without a pause would take the processor from the servers.
    const live = until(async () => (await get(stack.port, host)) === name, 3).then(() => performance.now() - started);
    const { exitCode, result } = await stack.apply(wanted);
    if (exitCode !== 0) throw new Error(result.detail);
    return { ended: performance.now() - started, live: await live };
  };
  const writes = stack.caddyWrites();
  const first = await run(manifests('first'), hosts.at(-1), upstreams[0]);
  const wrote = stack.caddyWrites() - writes;
  const changed = [];
  for (let i = 1; i <= (small ? 2 : 7); i++) {
    changed.push(await run(manifests(`again-${i}`, i), hosts[i - 1], upstreams[1]));
  }
  const writing = [];
  const server = await stack.admin('GET', '/config/apps/http/servers/hecate');
  for (let i = 0; i < 5; i++) {
    writing.push(await timed(() => stack.admin('PATCH', '/config/apps/http/servers/hecate', server)));
  }
  const base = quantile(writing, 0.5);
  const beside = `${base.toFixed(0)} ms for a bare write of ${(server.length / 1024).toFixed(0)} kB`;
  figure(
    `apply of ${size} routes, parsed to live`,
    first.live / base,
    3,
    `${first.live.toFixed(0)} ms (ended after ${first.ended.toFixed(0)}), ${wrote} Caddy write(s), ${beside}`,
  );
  const [live, ended] = ['live', 'ended'].map((what) =>
    quantile(
      changed.map((one) => one[what]),
      0.5,
    ),
  );
  const times = `${live.toFixed(0)} ms (ended after ${ended.toFixed(0)})`;
  figure(`apply with one of ${size} changed, parsed to live`, live / base, 2, `${times}, ${beside}`);
}

/** The last host, one connection, one request after another. */
async function answers(stack, { bare, nginx, size }) {
  const host = `h${size - 1}.example.com`;
  const rounds = small ? 50 : 2_000;
  const ports = { ours: stack.port, bare: bare.port, ...(nginx ? { nginx: nginx.port } : {}) };
  const times = Object.fromEntries(Object.keys(ports).map((name) => [name, []]));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let i = 0; i < rounds; i++) {
    for (const [name, port] of Object.entries(ports)) times[name].push(await timed(() => get(port, host, agent)));
  }
  agent.destroy();
  // The first ones find nothing warm, anywhere.
  for (const name of Object.keys(times)) times[name] = times[name].slice(rounds / 4);
  const ms = (name) => quantile(times[name], 0.5);
  const line = (name) => `${ms('ours').toFixed(2)} ms against ${ms(name).toFixed(2)} ms`;
  if (nginx) figure(`answer of the last of ${size} hosts against nginx`, ms('ours') / ms('nginx'), 1.1, line('nginx'));
  figure(`answer of the last of ${size} hosts against a route per host`, ms('ours') / ms('bare'), null, line('bare'));
}

/** One route to the other upstream, until the other upstream answers. */
async function changes(stack, { bare, nginx, size }) {
  const host = `h${size - 1}.example.com`;
  const times = { ours: [], live: [], bare: [], nginx: [] };
  for (let i = 1; i <= (small ? 2 : 9); i++) {
    const { name, address } = upstreams[i % 2];
    const served = (port) => until(async () => (await get(port, host)) === name);
    times.ours.push(
      await timed(async () => {
        const started = performance.now();
        const live = served(stack.port).then(() => times.live.push(performance.now() - started));
        const { exitCode, result } = await stack.run('route.update', { domain: host, upstream: address });
        if (exitCode !== 0) throw new Error(result.detail);
        await live;
      }),
    );
    times.bare.push(await timed(async () => (await bare.change(address), await served(bare.port))));
    if (nginx) times.nginx.push(await timed(async () => (nginx.change(address), await served(nginx.port))));
  }
  const ms = (name) => quantile(times[name], 0.5);
  const line = (name) => `${ms('ours').toFixed(0)} ms against ${ms(name).toFixed(0)} ms`;
  const target = size === 10_000 ? 0.25 : null;
  if (nginx)
    figure(
      `change of one of ${size} routes, live, against an nginx reload`,
      ms('live') / ms('nginx'),
      target,
      `${ms('live').toFixed(0)} ms against ${ms('nginx').toFixed(0)} ms`,
    );
  if (nginx) figure('the same until the operation has ended', ms('ours') / ms('nginx'), target, line('nginx'));
  figure(`change of one of ${size} routes against a bare Caddy's`, ms('ours') / ms('bare'), null, line('bare'));
}

async function withHealthChecks(stack, hosts, size) {
  const standard = { timeout: '5s', status: null, host: null, failureThreshold: 3, successThreshold: 2 };
  const healthCheck = { path: '/', interval: '30s', ...standard };
  const resources = hosts.map((domain) => described(domain, upstreams[0].address, { healthCheck }));
  const source = { name: 'bench', repository: 'bench', ref: null, sha: null, head: null, digest: 'checked' };
  const ms = await timed(async () => {
    const { exitCode, result } = await stack.apply({ source, resources });
    if (exitCode !== 0) throw new Error(result.detail);
  });
  const host = hosts.at(-1);
  const change = await timed(() => stack.run('route.update', { domain: host, headers: { 'X-Bench': '1' } }));
  const answer = [];
  for (let i = 0; i < (small ? 20 : 200); i++) answer.push(await timed(() => get(stack.port, host)));
  console.log(
    `with a health check on each of ${size} routes: applied in ${ms.toFixed(0)} ms, one changed in ${change.toFixed(0)} ms, the last host answers in ${quantile(answer, 0.5).toFixed(2)} ms`,
  );
}

function described(domain, upstream, more = {}) {
  const tls = { minVersion: '1.2', ciphers: [], certificate: null, autoHTTPS: false, forceHTTPS: false };
  const value = {
    ...{ domain, label: null, upstream, headers: {}, healthCheck: null, authPolicy: null, requireMFA: false },
    ...{ backupUpstream: null, autoFailover: false, middleware: [], tls, source: null },
    ...more,
  };
  return { kind: 'Route', name: domain, value };
}

/** The pure part of a change: routes as the log has them, compiled and written as JSON. */
async function compiling(size) {
  const outfile = join(folder, 'compile.mjs');
  const from = (name) => join(root, 'src/domain', name);
  const contents = `export { compile } from ${JSON.stringify(from('caddy/document.ts'))};
    export { servedRoutes } from ${JSON.stringify(from('serving/served-route.ts'))};`;
  const stdin = { contents, resolveDir: root, loader: 'ts' };
  await build({ stdin, bundle: true, platform: 'node', format: 'esm', outfile, logLevel: 'error' });
  const { compile, servedRoutes } = await import(outfile);
  const held = (i) => ({ ...described(`h${i}.example.com`, upstreams[0].address), revision: i });
  const resources = new Map(Array.from({ length: size }, (_, i) => [`Route/h${i}.example.com`, held(i)]));
  const state = { head: null, at: null, resources, open: new Map() };
  const generation = { logId: 'bench', sequence: 1, hash: 'x' };
  const run = () =>
    JSON.stringify(compile(servedRoutes(state), { httpPort: 80, httpsPort: 443 }, generation).server).length;
  const times = [];
  for (let i = 0; i < 10; i++) times.push(await timed(async () => run()));
  console.log(`compiling ${size} routes: ${quantile(times, 0.5).toFixed(1)} ms for ${(run() / 1024).toFixed(0)} kB`);
}

/** As many manifests, a file each, read and checked with positions: what an apply of a folder takes besides. */
async function parsing(hosts) {
  const [outfile, tree] = [join(folder, 'parse.mjs'), join(folder, `manifests-${hosts.length}`)];
  mkdirSync(tree);
  for (const host of hosts) {
    const spec = `  domain: ${host}\n  upstream: ${upstreams[0].address}\n`;
    writeFileSync(
      join(tree, `${host}.yaml`),
      `apiVersion: hecate.io/v1\nkind: Route\nmetadata:\n  name: ${host}\nspec:\n${spec}`,
    );
  }
  const contents = `export { readFolder } from ${JSON.stringify(join(root, 'src/adapters/manifests/index.ts'))};`;
  const stdin = { contents, resolveDir: root, loader: 'ts' };
  const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" };
  await build({ stdin, bundle: true, platform: 'node', format: 'esm', outfile, banner, logLevel: 'error' });
  const { readFolder } = await import(outfile);
  let read;
  const ms = await timed(async () => (read = readFolder(tree)));
  if (read.problems.length > 0 || read.resources.length !== hosts.length)
    throw new Error('the manifests were not read');
  console.log(`parsing ${hosts.length} files of manifests with positions: ${ms.toFixed(0)} ms`);
}

async function startBareCaddy(stack, size) {
  const [port, admin] = [await freePort(), join(folder, `bare-${size}.sock`)];
  const route = (i, dial) => ({
    match: [{ host: [`h${i}.example.com`] }],
    handle: [{ handler: 'reverse_proxy', upstreams: [{ dial }] }],
    terminal: true,
  });
  const routes = Array.from({ length: size }, (_, i) => route(i, upstreams[0].address));
  const server = { listen: [`:${port}`], automatic_https: { disable: true }, routes };
  const config = {
    admin: { listen: `unix/${admin}`, config: { persist: false } },
    apps: { http: { servers: { bare: server } } },
  };
  const file = join(folder, `bare-${size}.json`);
  writeFileSync(file, JSON.stringify(config));
  const child = spawn(stack.caddyProgram, ['run', '--config', file], { stdio: 'ignore' });
  await until(async () => (await get(port, 'h0.example.com')) === 'a');
  return {
    port,
    pid: child.pid,
    change: (dial) =>
      callAdmin(`unix/${admin}`, {
        method: 'PATCH',
        path: `/config/apps/http/servers/bare/routes/${size - 1}`,
        body: JSON.stringify(route(size - 1, dial)),
      }),
    stop: () => child.kill('SIGKILL'),
  };
}

async function startNginx(size) {
  const port = await freePort();
  const home = join(folder, `nginx-${size}`);
  mkdirSync(home);
  const file = join(home, 'nginx.conf');
  const write = (last) => {
    const servers = Array.from({ length: size }, (_, i) => {
      const to = i === size - 1 ? last : upstreams[0].address;
      return `server { listen ${port}; server_name h${i}.example.com; location / { proxy_pass http://${to}; proxy_set_header Host $host; } }`;
    });
    const http = `access_log ${home}/access.log; server_names_hash_max_size 65536; server_names_hash_bucket_size 128; keepalive_requests 100000; ${servers.join('\n')}`;
    writeFileSync(
      file,
      `pid ${home}/nginx.pid; error_log ${home}/error.log; worker_processes 2; events {} http { ${http} }`,
    );
  };
  write(upstreams[0].address);
  const run = (...more) => spawnSync(nginxProgram, ['-p', home, '-c', file, ...more], { encoding: 'utf8' });
  const started = run();
  if (started.status !== 0) throw new Error(`nginx: ${started.stderr}`);
  await until(async () => (await get(port, `h${size - 1}.example.com`)) === 'a');
  const master = () => readFileSync(join(home, 'nginx.pid'), 'utf8').trim();
  return {
    port,
    pids: () => [master(), ...spawnSync('pgrep', ['-P', master()], { encoding: 'utf8' }).stdout.trim().split('\n')],
    change(to) {
      write(to);
      run('-s', 'reload');
    },
    stop: () => run('-s', 'stop'),
  };
}

async function startUpstream(name) {
  const server = createServer((_, response) => response.end(name)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { name, server, address: `127.0.0.1:${server.address().port}` };
}

function get(port, host, agent = false) {
  return call({ host: '127.0.0.1', port, agent, headers: { host } }, 'GET', '/').catch(() => null);
}

function call(options, method, path, body) {
  return new Promise((resolve, reject) => {
    const headers = { ...options.headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const sent = request({ ...options, method, path, headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve(text));
    });
    sent.on('error', reject).end(body);
  });
}

async function until(check, pauseMs = 0) {
  for (const deadline = Date.now() + 120_000; !(await check());) {
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    if (Date.now() > deadline) throw new Error('it did not come about within two minutes');
  }
}

function residentMb(pids) {
  const kb = pids.map((pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0));
  return Math.round(kb.reduce((sum, one) => sum + one, 0) / 1024);
}
