import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request, Client } from 'undici';
import { createCaddyProxy } from '../../src/adapters/caddy/caddy-proxy.js';
import type { Proxy } from '../../src/ports/proxy.js';
import { unlessReset } from '../builders/unless-reset.js';

/** A real Caddy of a test's own: temporary folder, free ports, killed by its pid. */
export interface TestCaddy {
  readonly proxy: Proxy;
  readonly http: string;
  readonly https: string;
  readonly httpPort: number;
  readonly httpsPort: number;
  /** Has `access.log`, and `caddy.log` with what Caddy reports. */
  readonly folder: string;
  /** The admin endpoint without the adapter. */
  admin(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: string }>;
  stop(): Promise<void>;
}

/** Starts Caddy without any configuration but its admin socket. */
export async function startCaddy(binary: string, extraEnv: Record<string, string> = {}): Promise<TestCaddy> {
  const folder = await mkdtemp(join(tmpdir(), 'hecate-caddy-'));
  const [httpPort, httpsPort] = [await freePort(), await freePort()];
  const socket = join(folder, 'admin.sock');
  const admin = `unix/${socket}`;
  const configFile = join(folder, 'caddy.json');
  await writeFile(configFile, JSON.stringify({ admin: { listen: admin } }));
  const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder, ...extraEnv };
  const child = spawn(binary, ['run', '--config', configFile], {
    env,
    stdio: ['ignore', 'ignore', openSync(join(folder, 'caddy.log'), 'w')],
  });
  const http = `http://127.0.0.1:${httpPort}`;
  const call = async (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown) => {
    const client = new Client('http://localhost', { socketPath: socket });
    try {
      const headers = { 'content-type': 'application/json' };
      const answer = await client.request({
        method,
        path,
        headers,
        body: body === undefined ? null : JSON.stringify(body),
      });
      return { status: answer.statusCode, body: await answer.body.text() };
    } finally {
      await client.destroy();
    }
  };
  await eventually(async () => (await call('GET', '/config/')).status === 200);
  const settings = { httpPort, httpsPort };
  const accessLog = join(folder, 'access.log');
  return {
    proxy: createCaddyProxy({
      name: 'caddy',
      admin,
      http,
      https: `https://127.0.0.1:${httpsPort}`,
      accessLog,
      settings,
    }),
    http,
    https: `https://127.0.0.1:${httpsPort}`,
    httpPort,
    httpsPort,
    folder,
    admin: call,
    async stop() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Asks `base` as a client of `host` would. */
export async function ask(base: string, host: string, headers: Record<string, string> = {}) {
  return unlessReset(async () => {
    const answer = await request(base, { headers: { host, ...headers }, reset: true });
    return { status: answer.statusCode, body: await answer.body.text() };
  });
}

/** Polls until the claim holds; fails after ten seconds. */
export async function eventually(claim: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await claim().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`not within 10 s: ${String(claim)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
