import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';
import { Failure } from '../../ports/failure.js';
import type { ComponentName } from '../home-layout.js';
import { isObject, readJson, writeJson } from '../../adapters/files/private-files.js';

const defaults = {
  temporal: 7233,
  temporalUi: 8233,
  nats: 4222,
  caddyHttp: 8080,
  caddyHttps: 8443,
  openbao: 8200,
  openbaoCluster: 8201,
  authentik: 9000,
  metrics: 9464,
};

/** Name of a port of the stack. */
export type PortName = keyof typeof defaults;
/** The ports of a stack, by name. */
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
  metrics: 'worker',
};

/** Options for choosing the ports of a stack. */
export interface PortChoice {
  /** `auto`: a port that is in use is replaced by a free one. */
  readonly mode: 'default' | 'auto';
  /** Ports that a person named; they are never replaced. */
  readonly named: Partial<StackPorts>;
  /** Ports of the last start, for a home whose file of ports is damaged. */
  readonly before?: StackPorts | null;
}

/**
 * Chooses the ports of a stack that is about to start: the named ones, else the ones it had before, else the usual ones.
 * The choice is kept in `file`. `conflict`: a port is taken; with `auto` only a named one. `denied`: this user may not
 * listen on a port (below 1024).
 */
export async function choosePorts(
  file: string,
  { mode, named, before = null }: PortChoice,
  components: readonly ComponentName[],
): Promise<StackPorts> {
  const kept: Partial<StackPorts> = { ...(readJson<StackPorts>(file, isPorts).value ?? before), ...named };
  const ports: Record<PortName, number> = { ...defaults, ...kept };
  const chosen = new Set<number>();
  for (const name of Object.keys(defaults) as PortName[]) {
    if (!components.includes(owners[name])) continue;
    const wanted = mode === 'auto' && !kept[name] ? null : ports[name];
    const obstacle = wanted === null ? null : await obstacleOf(wanted);
    if (wanted !== null && obstacle === null) continue;
    if (mode === 'default' || named[name]) throw unusable(name, ports[name], obstacle);
    ports[name] = await freePort(chosen);
  }
  writeJson(file, ports);
  return ports;
}

/** Returns true for the content of a file of ports. */
export function isPorts(value: unknown): boolean {
  const ports = Object.values(isObject(value) ? (value as object) : { none: null }) as unknown[];
  return ports.length > 0 && ports.every((port) => Number.isInteger(port));
}

function unusable(name: PortName, port: number, obstacle: string | null): Failure {
  if (obstacle === 'EACCES') {
    return new Failure('denied', `this user may not listen on port ${port}, which ${owners[name]} needs (${name})`, {
      system: `${owners[name]} at 127.0.0.1:${port}`,
      hint: 'Give it CAP_NET_BIND_SERVICE (see docs/how-to/real-host.md), or use a port from 1024 on.',
    });
  }
  return new Failure('conflict', `port ${port} is in use, and ${owners[name]} needs it (${name})`, {
    system: `${owners[name]} at 127.0.0.1:${port}`,
    hint: `Use free ports: hecate up --ports auto. Or stop the program on this port; lsof -i :${port} shows it.`,
  });
}

/** Finds a free port below the range for outgoing connections, so that it is still free after a restart. */
async function freePort(chosen: Set<number>): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = randomInt(12_000, 32_000);
    if (chosen.has(port) || (await obstacleOf(port)) !== null) continue;
    chosen.add(port);
    return port;
  }
  throw new Failure('unavailable', 'found no free port between 12000 and 32000', {
    hint: 'Stop programs that listen on many of these ports, then run: hecate up --ports auto',
  });
}

/**
 * Returns why nobody can listen on a port, as the system's error code; null: it is free. It must be free on loopback and
 * on all addresses, since some systems allow one beside the other.
 */
async function obstacleOf(port: number): Promise<string | null> {
  return (await listenError(port, '127.0.0.1')) ?? (await listenError(port, undefined));
}

function listenError(port: number, host: string | undefined): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? 'unknown'));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(null)));
  });
}
