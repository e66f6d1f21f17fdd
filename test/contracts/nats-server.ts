import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
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
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  stop(): void;
}

/** `log: false`: nobody has made one there. */
export async function startNats({ log = true } = {}): Promise<NatsServer> {
  const folder = mkdtempSync(join(tmpdir(), 'hecate-log-'));
  const [program, port] = await Promise.all([ensureServer('nats-server', process.env), freePort()]);
  const server = spawn(program, ['-js', '-sd', folder, '-a', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const url = `nats://127.0.0.1:${port}`;
  const admin = () => connect({ servers: url, waitOnFirstConnect: true, reconnectTimeWait: 50 });
  const first = await admin();
  if (log) await createLog(first, { logId: 'log-1' });
  await first.close();
  return {
    url,
    admin,
    signal: (name) => void server.kill(name),
    stop() {
      server.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
