// A stack of its own for measurements, and the bare workflow beside it on the same Temporal server.
import { spawnSync } from 'node:child_process';
import { createServer, request } from 'node:http';
import { createRequire } from 'node:module';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { connect, nkeyAuthenticator } from 'nats';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const bin = join(root, 'bin/hecate');
const { connectHecate } = createRequire(import.meta.url)(join(root, 'dist/hecate.cjs'));

/** Bytes; a history of large commits is long, and what is cut off would be compared. */
const LONGEST_OUTPUT = 256_000_000;

/**
 * Starts the embedded stack in a temporary home and one HTTP upstream; stops both with `stop`. A rotation of the worker's key of
 * NATS waits for who watches the log, so its campaign does not.
 */
export async function startStack({ watchesLog = true } = {}) {
  const home = mkdtempSync(join(tmpdir(), 'hecate-bench-'));
  const env = { ...process.env, HECATE_HOME: home, HECATE_ACTOR: 'bench' };
  const hecate = (...args) =>
    spawnSync(process.execPath, [bin, ...args], { env, encoding: 'utf8', maxBuffer: LONGEST_OUTPUT });
  const up = hecate('up', '--ports', 'auto', '-o', 'json');
  if (up.status !== 0) throw new Error(`up ended with ${up.status}: ${up.stderr}`);
  const connections = JSON.parse(readFileSync(join(home, 'connections.json'), 'utf8'));
  const upstream = createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1');
  await new Promise((resolve) => upstream.once('listening', resolve));
  const client = await connectHecate(connections);
  const log = watchesLog ? await watchLog(connections) : { halfDone: null, close: () => undefined };
  return {
    home,
    env,
    hecate,
    connections,
    upstream: `127.0.0.1:${upstream.address().port}`,
    /** The address where Caddy serves plain HTTP, and the program of Caddy. */
    port: Number(new URL(connections.caddy[0].http).port),
    caddyProgram: readJson(join(home, 'run/settings.json')).programs.caddy.path,
    /** Calls Caddy's admin endpoint; a write that changes nothing is carried out too. */
    admin: (method, path, body) => callAdmin(connections.caddy[0].admin, { method, path, body }),
    run: (operation, input) => client.run(operation, input, { reason: null }),
    /** Applies parsed manifests. */
    apply: (manifests) => client.apply(manifests, { reason: null }),
    /**
     * Ends when the next commit is in the log and its outcome is not: the moment in which a kill leaves work half done. Ask
     * before the operation starts. With `laterMs` it waits on for so long, or until the outcome if that comes first. Returns
     * true when a commit came, within a minute unless told, and its outcome has not.
     */
    halfDone: log.halfDone,
    status: () => JSON.parse(hecate('status', '-o', 'json').stdout),
    /** Writes that Caddy's own admin log has counted so far. */
    caddyWrites: () =>
      readFileSync(join(home, 'logs/caddy.log'), 'utf8')
        .split('\n')
        .filter((line) => line.includes('"received request"') && !line.includes('"method":"GET"')).length,
    async stop() {
      await Promise.all([client.close(), log.close()]);
      upstream.close();
      hecate('down', '--purge');
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Hears every message that goes into the log, as the worker writes it. */
async function watchLog({ nats: { url, workerSeedFile } }) {
  const authenticator =
    workerSeedFile === null ? {} : { authenticator: nkeyAuthenticator(readFileSync(workerSeedFile)) };
  const nc = await connect({ servers: url, ...authenticator });
  return {
    async halfDone({ laterMs = 0, withinMs = 60_000 } = {}) {
      const committed = await firstOf(nc.subscribe('hecate.commit.>', { max: 1 }), withinMs);
      if (committed === null) return false;
      const subject = committed.subject.replace('hecate.commit.', 'hecate.outcome.');
      if (laterMs === 0) return true;
      return (await firstOf(nc.subscribe(subject, { max: 1 }), laterMs)) === null;
    },
    close: () => nc.close(),
  };
}

/** The first message of a subscription; null after a time. */
function firstOf(subscription, withinMs) {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      subscription.unsubscribe();
      resolve(null);
    }, withinMs);
    void (async () => {
      for await (const message of subscription) {
        clearTimeout(timer);
        resolve(message);
      }
    })();
  });
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Caddy closes connections to its admin endpoint when it takes a configuration, so a call that is reset is made once more. */
export async function callAdmin(admin, call) {
  return sendToAdmin(admin, call).catch((error) => {
    if (error.code !== 'ECONNRESET') throw error;
    return sendToAdmin(admin, call);
  });
}

function sendToAdmin(admin, { method, path, body }) {
  const headers = { 'content-type': 'application/json', 'cache-control': 'must-revalidate' };
  return new Promise((resolve, reject) => {
    const options = { socketPath: admin.slice('unix/'.length), method, path, headers, agent: false };
    const sent = request(options, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => (response.statusCode === 200 ? resolve(text) : reject(new Error(text))));
    });
    sent.on('error', reject).end(body);
  });
}

/** A worker for the bare workflow in this process; `run` is one of them from start to end. */
export async function startBare({ temporal }) {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const bundle = await bundleWorkflowCode({
    workflowsPath: join(root, 'bench/bare-workflow.js'),
    logger: new DefaultLogger('ERROR'),
  });
  const [native, connection] = await Promise.all([
    NativeConnection.connect({ address: temporal.address }),
    Connection.connect({ address: temporal.address }),
  ]);
  const worker = await Worker.create({
    connection: native,
    taskQueue: 'bare',
    workflowBundle: bundle,
    activities: { nothing: async () => undefined },
  });
  const running = worker.run();
  const client = new Client({ connection });
  let count = 0;
  return {
    run: () => client.workflow.execute('bare', { taskQueue: 'bare', workflowId: `bare/${++count}` }),
    async stop() {
      worker.shutdown();
      await running;
      await Promise.all([connection.close(), native.close()]);
    },
  };
}

/** Milliseconds that `work` takes. */
export async function timed(work) {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** The value below which a share of the samples lies. */
export function quantile(samples, share) {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** A port that nobody has now. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
