import { connect } from 'node:net';
import { Failure } from '../../ports/failure.js';
import { natsServers } from '../../adapters/log/nats/nats-servers.js';
import { ensureExternalLog } from '../components/nats.js';
import { workerNats, type Connections } from '../connections.js';
import { homeLayout, type ComponentName } from '../home-layout.js';
import { EXTERNAL_SETTINGS } from './prepare-stack.js';

const TIMEOUT_MS = 3_000;

/**
 * Checks that external servers accept connections within 3 s, and creates the log in an external NATS when this home never
 * had one. Throws `unavailable` for the first server that does not answer.
 */
export async function checkExternalServers(
  external: readonly ComponentName[],
  connections: Connections,
): Promise<void> {
  for (const name of external) {
    if (name === 'worker' || name === 'notary') continue;
    for (const servers of addressesOf(name, connections)) {
      if ((await Promise.all(servers.map(accepts))).includes(true)) continue;
      throw new Failure('unavailable', `${name} at ${servers.join(',')} does not answer`, {
        system: name,
        hint: `Start it, or correct ${EXTERNAL_SETTINGS[name]}. Without this variable, hecate up starts its own server.`,
      });
    }
  }
  if (!external.includes('nats')) return;
  await ensureExternalLog(workerNats(connections), homeLayout(connections.home));
}

/** Returns the addresses of a component's servers. One of each inner list is enough. */
function addressesOf(
  name: ComponentName,
  { temporal, nats, caddy, vault, authentik }: Connections,
): readonly (readonly string[])[] {
  switch (name) {
    case 'temporal':
      return [[temporal.address]];
    case 'nats':
      return [natsServers(nats.url)?.servers.map((server) => `nats://${server}`) ?? []];
    case 'caddy':
      return caddy.map(({ admin }) => [admin]);
    case 'openbao':
      return [[vault.address]];
    case 'authentik':
      return authentik ? [[authentik.url]] : [];
    case 'notary':
    case 'worker':
      return [];
  }
}

function accepts(address: string): Promise<boolean> {
  const options = address.startsWith('unix/') ? { path: address.slice('unix/'.length) } : hostAndPort(address);
  return new Promise((resolve) => {
    const socket = connect({ ...options, timeout: TIMEOUT_MS });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}

function hostAndPort(address: string): { host: string; port: number } {
  const url = new URL(address.includes('://') ? address : `tcp://${address}`);
  const usual: Record<string, number> = { 'https:': 443, 'http:': 80, 'nats:': 4222, 'tls:': 4222 };
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) || (usual[url.protocol] ?? 7233) };
}
