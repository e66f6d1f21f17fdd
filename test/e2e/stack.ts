import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { createLogReader } from '../../src/adapters/log/index.js';
import { environmentPrefix, withPrefix } from '../../src/domain/values/environment-name.js';
import { homeLayout } from '../../src/stack/home-layout.js';
import { takeForLife } from '../../src/stack/processes/lock.js';
import { unlessReset } from '../builders/unless-reset.js';

const bin = join(import.meta.dirname, '../../bin/hecate');

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A stack of its own in a temporary home, driven through the built command line. */
export interface TestStack {
  readonly home: string;
  readonly status: {
    readonly components: { name: string; state: string; pid: number | null }[];
    readonly caddy: { admin: string; http: string; https: string };
    readonly temporal: { address: string };
    readonly authentik: { url: string };
  };
  hecate(...args: string[]): Finished;
  /** Runs without blocking this process, so that servers in it go on answering. */
  run(...args: string[]): Promise<Finished>;
  /** The same, for a test that looks at stderr while the command runs. */
  begin(...args: string[]): {
    readonly finished: Promise<Finished>;
    stderr(): string;
    kill(signal: NodeJS.Signals): void;
  };
  get(host: string, path?: string): Promise<{ status: number; body: string }>;
  pidOf(component: string): number;
  /** The id of one of this environment's workflows in Temporal, with its prefix. */
  workflowId(short: string): string;
  /**
   * Freezes a component until the returned function is called. Nobody revives it meanwhile: the supervisor is frozen too,
   * and the home's lock is held, so that nobody replaces the supervisor.
   */
  freeze(component: string): () => void;
  stop(): void;
}

/** `settings`: with `HECATE_HOME` in a home that exists. `node`: the Node.js that runs the command line, and so the stack. */
export function startStack(settings: Readonly<Record<string, string>> = {}, node = process.execPath): TestStack {
  const home = settings['HECATE_HOME'] ?? mkdtempSync(join(tmpdir(), 'hecate-e2e-'));
  // So wide that no cell of a table is cut.
  const env = { ...process.env, HECATE_HOME: home, HECATE_ACTOR: 'tester', COLUMNS: '400', ...settings };
  const hecate = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(node, [bin, ...args], { env, encoding: 'utf8' });
    return { status, stdout, stderr };
  };
  const begin: TestStack['begin'] = (...args) => {
    const child = spawn(node, [bin, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    const finished = new Promise<Finished>((resolve) =>
      child.on('close', (status) => resolve({ status, stdout, stderr })),
    );
    return { finished, stderr: () => stderr, kill: (signal) => void child.kill(signal) };
  };
  const started = hecate('up', '--ports', 'auto', '-o', 'json');
  if (started.status !== 0) {
    hecate('down', '--purge');
    throw new Error(`up ended with ${started.status}: ${started.stderr}${started.stdout}`);
  }
  const statusNow = () => JSON.parse(hecate('status', '-o', 'json').stdout) as TestStack['status'];
  const status = statusNow();
  const pidOf = (name: string) => {
    const pid = statusNow().components.find((component) => component.name === name)?.pid;
    if (!pid) throw new Error(`${name} has no process`);
    return pid;
  };
  return {
    home,
    status,
    hecate,
    run: (...args) => begin(...args).finished,
    begin,
    get: (host, path = '/') => get(status.caddy.http, host, path),
    pidOf,
    workflowId: (short) => withPrefix(environmentPrefix(readFileSync(homeLayout(home).logId, 'utf8').trim()), short),
    freeze(name) {
      const pids = [pidOf('supervisor'), pidOf(name)];
      const { lock } = homeLayout(home);
      const holder = takeForLife(lock);
      if (holder !== null) throw new Error(`process ${holder.pid} holds ${lock}`);
      for (const pid of pids) process.kill(pid, 'SIGSTOP');
      return () => {
        for (const pid of pids.toReversed()) process.kill(pid, 'SIGCONT');
        rmSync(lock);
      };
    },
    stop() {
      hecate('down', '--purge');
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/**
 * Ends when a commit of the operation is in the log and its outcome is not: the moment in which a kill leaves work half done.
 * Ask before the operation starts. Fails after 30 s.
 */
export async function untilHalfDone(home: string, operation: string): Promise<void> {
  const { nats } = JSON.parse(readFileSync(join(home, 'connections.json'), 'utf8')) as {
    nats: { url: string; cliSeedFile: string | null };
  };
  const reader = await createLogReader({ url: nats.url, seedFile: nats.cliSeedFile });
  try {
    for (const deadline = Date.now() + 30_000; Date.now() < deadline;) {
      const { state } = await reader.view();
      if ([...state.open.values()].some((commit) => commit.operation === operation)) return;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    throw new Error(`${operation} was not committed within 30 s`);
  } finally {
    await reader.close();
  }
}

/**
 * An HTTP upstream that answers its name and the headers it got; `/hang` it never answers. It has a thread of its own, so it
 * answers while the test waits for a command.
 */
export async function startUpstream(name: string): Promise<{ address: string; close: () => void }> {
  const thread = new Worker(UPSTREAM, { eval: true, workerData: name });
  const [port] = (await once(thread, 'message')) as [number];
  return { address: `127.0.0.1:${port}`, close: () => void thread.terminate() };
}

const UPSTREAM = `
const { parentPort, workerData: name } = require('node:worker_threads');
const server = require('node:http').createServer((incoming, response) => {
  if (incoming.url !== '/hang') response.end(JSON.stringify({ name, headers: incoming.headers }));
});
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

/** Polls until `check` holds; fails with what it last saw. */
export async function eventually<T>(
  look: () => Promise<T> | T,
  check: (value: T) => boolean,
  withinMs = 20_000,
): Promise<T> {
  let last: unknown;
  for (const deadline = Date.now() + withinMs; Date.now() < deadline;) {
    try {
      const value = await look();
      last = value;
      if (check(value)) return value;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(
    `did not come about within ${withinMs} ms; last seen: ${last instanceof Error ? last.message : JSON.stringify(last)}`,
  );
}

function get(base: string, host: string, path: string): Promise<{ status: number; body: string }> {
  return unlessReset(() => getOnce(base, host, path));
}

function getOnce(base: string, host: string, path: string): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const sent = request({ host: hostname, port, path, headers: { host }, agent: false, timeout: 5000 }, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    sent.on('error', reject).end();
  });
}
