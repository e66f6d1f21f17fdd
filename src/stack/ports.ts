import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';
import { Failure } from '../ports/failure.js';
import type { ComponentName } from './home-layout.js';
import { readJson, writeJson } from './private-files.js';

const defaults = {
  temporal: 7233,
  temporalUi: 8233,
  nats: 4222,
  caddyHttp: 8080,
  caddyHttps: 8443,
  openbao: 8200,
  openbaoCluster: 8201,
  authentik: 9000,
};

export type PortName = keyof typeof defaults;
export type StackPorts = Readonly<Record<PortName, number>>;

const owners: Record<PortName, ComponentName> = {
  temporal: 'temporal',
  temporalUi: 'temporal',
  nats: 'nats',
  caddyHttp: 'caddy',
  caddyHttps: 'caddy',
  openbao: 'openbao',
  openbaoCluster: 'openbao',
  authentik: 'authentik',
};

/**
 * The ports of a stack that is about to start: the ones it had before, else the usual ones. One that is
 * taken is a `conflict`; with `auto` a free one takes its place. The choice is kept in `file`.
 */
export async function choosePorts(
  file: string,
  mode: 'default' | 'auto',
  components: readonly ComponentName[],
): Promise<StackPorts> {
  const kept = readJson<StackPorts>(file);
  const ports: Record<PortName, number> = { ...defaults, ...kept };
  const chosen = new Set<number>();
  for (const name of Object.keys(defaults) as PortName[]) {
    if (!components.includes(owners[name])) continue;
    const wanted = mode === 'auto' && !kept?.[name] ? null : ports[name];
    if (wanted !== null && (await isFree(wanted))) continue;
    if (mode === 'default') throw taken(name, ports[name]);
    ports[name] = await freePort(chosen);
  }
  writeJson(file, ports);
  return ports;
}

function taken(name: PortName, port: number): Failure {
  return new Failure('conflict', `port ${port}, which ${owners[name]} needs (${name}), is taken`, {
    system: `${owners[name]} at 127.0.0.1:${port}`,
    hint: 'Stop what listens there, or run `hecate up --ports auto`.',
  });
}

/** Below the range from which systems take the ports of outgoing connections, so that it is still free after a restart. */
async function freePort(chosen: Set<number>): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = randomInt(12_000, 32_000);
    if (chosen.has(port) || !(await isFree(port))) continue;
    chosen.add(port);
    return port;
  }
  throw new Failure('unavailable', 'no free port between 12000 and 32000', { hint: 'Free some ports.' });
}

/** Free on loopback and on all addresses: some systems allow one beside the other. */
async function isFree(port: number): Promise<boolean> {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, undefined));
}

function canListen(port: number, host: string | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
