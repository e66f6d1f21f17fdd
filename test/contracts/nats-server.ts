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
