import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type NatsConnection } from 'nats';
import { createLog } from '../../src/adapters/log/create-log.js';
import { ensureServer } from '../../src/stack/servers/ensure-server.js';

/** A NATS server of its own with a new log. */
export interface NatsServer {
  readonly url: string;
  /** A connection that may do everything. */
  admin(): Promise<NatsConnection>;
  /** Stops it like a machine that hangs, and returns when it has; `resume` lets it go on. */
  freeze(): Promise<void>;
  resume(): void;
  stop(): void;
}

/** `log: false`: nobody has made one there. */
export async function startNats({ log = true } = {}): Promise<NatsServer> {
  const folder = mkdtempSync(join(tmpdir(), 'hecate-log-'));
  const program = await ensureServer('nats-server', process.env);
  // It takes its port itself: one that was free a moment ago may be somebody else's by now.
  const args = ['-js', '-sd', folder, '-a', '127.0.0.1', '-p', '-1', '--ports_file_dir', folder];
  const server = spawn(program, args, { stdio: 'ignore' });
  const url = await urlIn(join(folder, `nats-server_${server.pid}.ports`));
  const admin = () => connect({ servers: url, waitOnFirstConnect: true, reconnectTimeWait: 50 });
  const first = await admin();
  if (log) await createLog(first, { logId: 'log-1' });
  await first.close();
  return {
    url,
    admin,
    async freeze() {
      server.kill('SIGSTOP');
      const isStopped = () => / T /.test(readFileSync(`/proc/${server.pid}/stat`, 'utf8'));
      while (process.platform === 'linux' && !isStopped()) await new Promise((resolve) => setTimeout(resolve, 5));
    },
    resume: () => void server.kill('SIGCONT'),
    stop() {
      server.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A cluster of NATS servers with a new log. */
export interface NatsCluster {
  /** Addresses of all its servers, separated by commas. */
  readonly url: string;
  /** Kills the server of this number, from 0. */
  kill(number: number): void;
  stop(): void;
}

/** Starts a cluster and makes a log in it. */
export async function startCluster(size: number): Promise<NatsCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'hecate-log-'));
  const program = await ensureServer('nats-server', process.env);
  const numbers = Array.from({ length: size }, (_, number) => number);
  const ports = await Promise.all(numbers.map(async () => ({ client: await freePort(), route: await freePort() })));
  const routes = ports.map(({ route }) => `nats://127.0.0.1:${route}`).join(',');
  const servers = ports.map(({ client, route }, number) => {
    const own = [
      '-a',
      '127.0.0.1',
      '-p',
      String(client),
      '-n',
      `n${number}`,
      '-js',
      '-sd',
      join(folder, String(number)),
    ];
    const cluster = ['--cluster_name', 'c', '--cluster', `nats://127.0.0.1:${route}`, '--routes', routes];
    return spawn(program, [...own, ...cluster], { stdio: 'ignore' });
  });
  const url = ports.map(({ client }) => `nats://127.0.0.1:${client}`).join(',');
  const until = Date.now() + 30_000;
  for (;;) {
    // A cluster elects a leader before it takes streams.
    const nc = await connect({ servers: url.split(','), waitOnFirstConnect: true, reconnectTimeWait: 50 });
    const isWhole = (nc.info?.connect_urls?.length ?? 0) >= size;
    const made = isWhole && (await createLog(nc, { logId: 'log-1' }).then(() => true, () => false)); // prettier-ignore
    await nc.close();
    if (made) break;
    if (Date.now() > until) throw new Error('the cluster took no log within 30 s');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return {
    url,
    kill: (number) => void servers[number]?.kill('SIGKILL'),
    stop() {
      for (const server of servers) server.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function urlIn(file: string): Promise<string> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline;) {
    if (existsSync(file)) {
      const { nats } = JSON.parse(readFileSync(file, 'utf8') || '{}') as { nats?: string[] };
      if (nats?.[0]) return nats[0];
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('nats-server did not say where it listens');
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
