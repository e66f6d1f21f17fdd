// Backup and restore of a whole environment with many commits and routes: time against `tar | gzip | age` of the same bytes,
// memory, size of an increment. Run by `npm run measure`; alone: node bench/backup-scale.mjs [--small].
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { connect, nkeyAuthenticator } from 'nats';
import { bin, root, startStack } from './stack.mjs';

const small = process.argv.includes('--small');
const [commits, routes] = small ? [1_000, 100] : [100_000, 10_000];
const MIB = 1024 * 1024;
const folder = mkdtempSync(join(tmpdir(), 'hecate-backup-scale-'));
const place = join(folder, 'backups');
const failures = [];
const age = await stockAge();
const stack = await startStack({ watchesLog: false });

try {
  await manyRoutes();
  const began = performance.now();
  await manyCommits();
  console.log(`${routes} routes, ${commits} commits written in ${seconds(performance.now() - began)} s`);
  const full = await measured('full backup', ['backup', 'full', '--destination', place], 'worker');
  const [file] = readdirSync(place).filter((name) => /\.tar\.gz(\.age)?$/.test(name));
  const stock = stockTools(join(place, file));
  figure('full backup against tar, gzip and age', full.ms / stock.write, 2, `${seconds(full.ms)} s against ${seconds(stock.write)} s, ${(stock.bytes / MIB).toFixed(0)} MiB in ${(statSync(join(place, file)).size / MIB).toFixed(1)} MiB`); // prettier-ignore
  figure('memory of the worker above idle, MiB', full.aboveIdle / MIB, 150, 'peak');
  for (const count of small ? [1, 10] : [1, 10, 100]) {
    for (let i = 0; i < count; i++)
      await stack.run('route.update', { domain: `h${i}.example.com`, headers: { 'X-Change': randomUUID() } });
    const { ms } = await measured('increment', ['backup', 'incremental', '--destination', place], 'worker');
    const newest = readdirSync(place)
      .filter((name) => /incremental.*\.tar\.gz(\.age)?$/.test(name))
      .map((name) => statSync(join(place, name)))
      .sort((a, b) => b.mtimeMs - a.mtimeMs)[0];
    console.log(`increment after ${count} changes: ${(newest.size / 1024).toFixed(1)} kB in ${seconds(ms)} s`);
  }
  const identity = join(folder, 'identity.txt');
  hecate('backup', 'identity', '--export', identity);
  const before = answersOf();
  hecate('down', '--purge');
  hecate('up', '--ports', 'auto');
  const from = ['backup', 'restore', '--from', join(place, 'latest'), '--identity', identity, '--yes', '-o', 'json'];
  // What a command that opens no backup takes.
  const light = await measured('an idle command', ['backup', 'identity'], 'command');
  const restore = await measured('restore on a new machine', from, 'command');
  figure('restore on a new machine against age, gzip and tar', restore.ms / stock.read, null, `${seconds(restore.ms)} s against ${seconds(stock.read)} s: it starts servers and asks hosts`); // prettier-ignore
  figure('memory of the command above idle, MiB', (restore.aboveIdle - light.aboveIdle) / MIB, 150, 'peak');
  hold(answersOf() === before, 'the restored routes are others');
  const again = await measured('restore of the same', from, 'command');
  console.log(`restore that changes nothing: ${seconds(again.ms)} s`);
} finally {
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
}
for (const failure of failures) console.log(`FAILED  ${failure}`);
process.exit(failures.length === 0 ? 0 : 1);

/** Returns the path of the real age, built where it is not installed. */
async function stockAge() {
  const outfile = join(root, 'dist', 'bench-stock-age.mjs');
  const contents = `export { stockAge } from './test/servers/stock-age.ts';`;
  const options = {
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  };
  await build({ stdin: { contents, resolveDir: root }, outfile, ...options });
  try {
    return (await import(outfile)).stockAge();
  } finally {
    rmSync(outfile);
  }
}

function hold(condition, what) {
  if (!condition) failures.push(what);
}

function seconds(ms) {
  return (ms / 1000).toFixed(1);
}

function figure(what, value, target, detail) {
  const verdict = target === null ? '' : `  (target ${target}: ${value <= target ? 'met' : 'NOT met'})`;
  console.log(`${what}: ${value.toFixed(2)}${verdict}  ${detail}`);
}

function hecate(...args) {
  const { status, stdout, stderr } = stack.hecate(...args);
  if (status !== 0) throw new Error(`hecate ${args.join(' ')} ended with ${status}: ${stderr}`);
  return stdout;
}

async function manyRoutes() {
  const { exitCode, result } = await stack.apply({
    source: { name: 'bench', repository: 'bench', ref: null, sha: null, head: null, digest: 'first' },
    resources: Array.from({ length: routes }, (_, i) => described(`h${i}.example.com`)),
  });
  if (exitCode !== 0) throw new Error(result.detail);
}

function described(domain) {
  const value = {
    ...{ domain, label: null, upstream: stack.upstream, headers: {}, healthCheck: null, authPolicy: null },
    ...{ requireMFA: false, backupUpstream: null, autoFailover: false, middleware: [], source: null },
    tls: { minVersion: '1.2', ciphers: [], certificate: null, autoHTTPS: false, forceHTTPS: false },
  };
  return { kind: 'Route', name: domain, value, at: { path: `${domain}.yaml`, line: 1, column: 1 } };
}

/** Writes commits and outcomes straight into the log, as a worker of many years would have. */
async function manyCommits() {
  const { url, workerSeedFile } = stack.connections.nats;
  // Until the worker has nothing more to write. It would end commits without a workflow by itself, so it stands still meanwhile.
  await sleep(5_000);
  const still = ['supervisor', 'worker'].map((name) => stack.status().components.find((one) => one.name === name).pid);
  for (const pid of still) process.kill(pid, 'SIGSTOP');
  const nc = await connect({ servers: url, authenticator: nkeyAuthenticator(readFileSync(workerSeedFile)) });
  try {
    const manager = await nc.jetstreamManager();
    const js = nc.jetstream();
    const last = await manager.streams.getMessage('HECATE', { last_by_subj: 'hecate.commit.>' });
    let previous = { sequence: last.seq, hash: createHash('sha256').update(last.data).digest('hex') };
    let sequence = (await manager.streams.info('HECATE')).state.last_seq;
    const values = new Map();
    for (let i = 0; i < commits; i += 500) {
      const acks = [];
      for (let j = i; j < Math.min(i + 500, commits); j++) {
        const name = `h${j % routes}.example.com`;
        const old = values.get(name) ?? described(name).value;
        const value = { ...old, source: 'bench', headers: { 'X-Round': String(j) } };
        const was = values.has(name) ? old : { ...old, source: 'bench' };
        values.set(name, value);
        const id = `bench-${j}`;
        const at = new Date().toISOString();
        const commit = {
          ...{ type: 'committed', id, at, actor: 'bench', reason: null, operation: 'route.update' },
          ...{ workflowId: `bench/${id}`, previous },
          changes: [{ kind: 'Route', name, version: 7, before: was, after: value }],
        };
        const data = Buffer.from(JSON.stringify(commit));
        acks.push(js.publish(`hecate.commit.${id}`, data));
        previous = { sequence: ++sequence, hash: createHash('sha256').update(data).digest('hex') };
        const ended = { type: 'ended', id, at, result: 'completed', detail: null, behind: [] };
        acks.push(js.publish(`hecate.outcome.${id}`, JSON.stringify(ended)));
        sequence++;
      }
      const written = await Promise.all(acks);
      if (written.at(-1).seq !== sequence) throw new Error('somebody else wrote into the log');
    }
  } finally {
    for (const pid of still.reverse()) process.kill(pid, 'SIGCONT');
    await nc.close();
  }
}

/** Runs a command; peak of the resident memory above what it was before, of the worker or of the command itself. */
async function measured(what, args, whose) {
  const worker = stack.status().components.find(({ name }) => name === 'worker').pid;
  const pidOf = (child) => (whose === 'worker' ? worker : child.pid);
  if (whose === 'worker') await sleep(3_000);
  const since = performance.now();
  const child = spawn(process.execPath, [bin, ...args], { env: stack.env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => (said += chunk));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const idle = whose === 'worker' ? resident(worker) : 0;
  let peak = 0;
  const timer = setInterval(() => (peak = Math.max(peak, resident(pidOf(child)))), 20);
  const code = await ended;
  clearInterval(timer);
  hold(code === 0, `${what} ended with ${code}: ${said.slice(-600)}`);
  return { ms: performance.now() - since, aboveIdle: Math.max(0, peak - idle) };
}

function resident(pid) {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** The same files with stock tools, twice: in and out. */
function stockTools(file) {
  const key = join(stack.home, 'backup/identity.txt');
  const parts = join(folder, 'parts');
  mkdirSync(parts);
  const run = (command) => {
    const since = performance.now();
    const { status, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', command], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${command}: ${stderr}`);
    return performance.now() - since;
  };
  run(`${age} -d -i ${key} ${file} | tar -xz -C ${parts}`);
  const { recipients } = JSON.parse(hecate('backup', 'identity', '-o', 'json'));
  const stored = join(folder, 'stock.age');
  const write = run(`tar -C ${parts} -cf - . | gzip | ${age} -r ${recipients[0]} > ${stored}`);
  const read = run(`${age} -d -i ${key} ${stored} | gzip -d | tar -xO > /dev/null`);
  const bytes = Number(spawnSync('du', ['-sb', parts], { encoding: 'utf8' }).stdout.split('\t')[0]);
  return { write, read, bytes };
}

function answersOf() {
  return createHash('sha256').update(hecate('export', '--to', mkdtempSync(join(folder, 'export-'))).replaceAll(/in .*/g, '')).update(hecate('list', 'routes', '-o', 'json').replaceAll(/"(revision|age|updatedAt|createdAt)":[^,}]*/g, '')).digest('hex'); // prettier-ignore
}
