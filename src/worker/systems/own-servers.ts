import { createSurroundings, type KnownParts, type KnownServer } from '../../adapters/machine/surroundings.js';
import { readJson } from '../../adapters/files/private-files.js';
import { natsServers } from '../../adapters/log/nats/nats-servers.js';
import type { Surroundings } from '../../ports/surroundings.js';
import type { Connections } from '../../stack/connections.js';
import { homeLayout, type ComponentName } from '../../stack/home-layout.js';
import { listeningPorts } from '../../stack/processes/listening-ports.js';
import { isPorts, type StackPorts } from '../../stack/settings/ports.js';

type Server = Omit<KnownServer, 'kind'>;

/** Names of the components in messages; the supervisor, the notary and the worker are Hecate itself. */
const NAMES: Readonly<Record<ComponentName | 'supervisor', string>> = {
  temporal: 'Temporal',
  nats: 'NATS',
  caddy: 'Caddy',
  openbao: 'OpenBao',
  authentik: 'authentik',
  notary: "Hecate's notary",
  worker: "Hecate's worker",
  supervisor: "Hecate's supervisor",
};

const METRICS_OF_WORKER = "the metrics of Hecate's worker";
/** Usual further ports of servers that run outside the embedded stack, by name and number. */
const BESIDE_TEMPORAL = { 'the HTTP API of Temporal': 7243 };
const BESIDE_NATS = { 'the monitoring of NATS': 8222, 'the cluster port of NATS': 6222 };
const BESIDE_AUTHENTIK = { 'the metrics of authentik': 9300, 'the debugger of authentik': 9900 };

/** Creates the surroundings of the proxies of these connections. */
export function surroundingsOf(connections: Connections): Surroundings {
  return createSurroundings(knownParts(connections));
}

/** Returns all servers and folders that these connections name, with their usual further ports. */
export function knownParts(connections: Connections): KnownParts {
  const { home, caddy, authentik } = connections;
  const layout = homeLayout(home);
  const peer = authentik && addressIn(authentik.url);
  return {
    home,
    proxies: caddy.map(({ name, admin, http, https }) => ({
      admin,
      entrances: [http, https].map((url) => ({ name, ...addressIn(url) })),
    })),
    servers: serversOf(connections),
    peers: peer === null ? [] : [peer],
    listening: () => listeningPorts(layout).map(({ component, port }) => ({ name: NAMES[component], port })),
  };
}

function serversOf(connections: Connections): Server[] {
  const { home, temporal, nats, vault, authentik, worker } = connections;
  const own = readJson<StackPorts>(homeLayout(home).ports, isPorts).value;
  const isEmbedded = (port: number | undefined, one: Pick<Server, 'port'>) => port !== undefined && port === one.port;
  const grpc = { name: NAMES.temporal, ...addressIn(temporal.address) };
  const ui = temporal.ui === null ? [] : [{ name: 'the Web UI of Temporal', ...addressIn(temporal.ui) }];
  const brokers = (natsServers(nats.url)?.servers ?? []).map((server) => ({
    name: NAMES.nats,
    ...addressIn(`nats://${server}`),
  }));
  const bao = { name: NAMES.openbao, ...addressIn(vault.address) };
  const clusterPort = isEmbedded(own?.openbao, bao) ? own?.openbaoCluster : undefined;
  const metrics = worker.metrics ? [{ name: METRICS_OF_WORKER, ...addressIn(worker.metrics) }] : [];
  return [
    ...[grpc, ...ui, ...brokers, bao],
    { ...bao, name: 'the cluster port of OpenBao', port: clusterPort ?? bao.port + 1 },
    // The ports of an embedded server are read from the process; see `listening`.
    ...metrics.filter((one) => !isEmbedded(own?.metrics, one)),
    ...(isEmbedded(own?.temporal, grpc) ? [] : beside(grpc, BESIDE_TEMPORAL)),
    ...brokers.flatMap((one) => (isEmbedded(own?.nats, one) ? [] : beside(one, BESIDE_NATS))),
    ...(authentik === null || authentik.standIn ? [] : beside(addressIn(authentik.url), BESIDE_AUTHENTIK)),
  ];
}

function beside({ host }: Pick<Server, 'host'>, ports: Readonly<Record<string, number>>): Server[] {
  return Object.entries(ports).map(([name, port]) => ({ name, host, port }));
}

const USUAL_PORTS: Readonly<Record<string, number>> = { 'https:': 443, 'http:': 80, 'nats:': 4222, 'tls:': 4222 };
const TEMPORAL_PORT = 7233;

/** Host and port of a URL or of `host:port`, which is Temporal's form. */
function addressIn(address: string): Pick<Server, 'host' | 'port'> {
  const url = new URL(address.includes('://') ? address : `temporal://${address}`);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return { host, port: Number(url.port) || (USUAL_PORTS[url.protocol] ?? TEMPORAL_PORT) };
}
