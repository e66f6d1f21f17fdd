import type { Generation } from '../../domain/log/commit.js';
import { GENERATION_ID, type ProxySettings } from '../../domain/caddy/document.js';
import type { ProxyModule } from '../../domain/middleware/kind.js';
import type { Proxy } from '../../ports/proxy.js';
import { Failure } from '../../ports/failure.js';
import { recentRequests } from './access-log.js';
import { createAdminClient, type AdminClient } from './admin-client.js';
import { answeredBy, clockSkewMs, served } from './data-plane.js';
import { dials } from './dial.js';
import { parseGeneration } from './generation.js';
import { createTrafficLog } from './traffic-log.js';
import { answersCheck } from './health-check.js';
import { servedCertificate } from './served-certificate.js';
import { generationGuard, ownWords, SERVER_PATH, writeConfig, type Guard } from './write-config.js';

/** Where one Caddy is and what it is told when it has no configuration. */
export interface CaddyOptions {
  readonly name: string;
  /** `unix//path`, `host:port` or `http://host:port`. */
  readonly admin: string;
  /** Base URL of plain HTTP, e.g. `http://127.0.0.1:8080`. */
  readonly http: string;
  /** Base URL of HTTPS. */
  readonly https: string;
  /** Path of the JSON access log; null when Hecate cannot read it. */
  readonly accessLog: string | null;
  readonly settings: ProxySettings;
}

/** A real Caddy 2.11 as a {@link Proxy}. Holds no connection open; remembers how far it read the access log. */
export function createCaddyProxy(options: CaddyOptions): Proxy {
  const { name, admin, http, accessLog } = options;
  const client = createAdminClient(name, admin);
  const system = `${name} at ${admin}`;
  const trafficLog = createTrafficLog(system, accessLog);
  return {
    name,
    address: admin,
    current: () => current(client, system),
    write: (document, guard) => writeConfig(client, options, document, JSON.parse(guard) as Guard),
    configured: () => configured(client, system),
    served: () => served(system, http),
    answeredBy: (host, hash) => answeredBy(system, http, host, hash),
    dials,
    hasModule: async (module) =>
      (await client.adapt(`:0 {\n\troute {\n\t\t${DIRECTIVES[module]}\n\t}\n}`)).status === 200,
    certificate: (host) => servedCertificate(system, options.https, host),
    answersCheck,
    openRequests: (dial) => openRequests(client, system, dial),
    clockSkewMs: () => clockSkewMs(system, http),
    recentRequests: (host, seconds) => recentRequests(system, accessLog, host, seconds),
    traffic: (mark, sinceMs, slowOverMs) => trafficLog.traffic({ mark, sinceMs, slowOverMs }),
  };
}

/** A Caddyfile with a directive that no module brings cannot be adapted to JSON. */
const DIRECTIVES: Record<ProxyModule, string> = { 'http.handlers.rate_limit': 'rate_limit' };

async function current(
  client: AdminClient,
  system: string,
): Promise<{ readonly generation: Generation | null; readonly guard: string }> {
  const object = await client.read(`/id/${GENERATION_ID}`);
  if (object.status === 200) {
    const generation = parseGeneration(bodyOfRoute(object.body));
    if (generation) return { generation, guard: JSON.stringify(generationGuard(object.etag, generation)) };
  }
  const config = await client.read('/config/');
  if (config.status !== 200) {
    throw new Failure('unavailable', `${system} does not show its configuration: ${ownWords(config)}`, { system });
  }
  return { generation: null, guard: JSON.stringify({ kind: 'config', etag: config.etag } satisfies Guard) };
}

async function configured(client: AdminClient, system: string): Promise<Readonly<Record<string, unknown>> | null> {
  const answer = await client.read(SERVER_PATH);
  // Where a part of the path is missing, Caddy answers 400 and not null.
  if (answer.status === 400 || answer.status === 404) return null;
  if (answer.status === 200) return JSON.parse(answer.body) as Readonly<Record<string, unknown>> | null;
  throw new Failure('unavailable', `${system} does not show its configuration: ${ownWords(answer)}`, { system });
}

/** Caddy counts requests in flight per upstream address; a WebSocket is one until it is closed. */
async function openRequests(client: AdminClient, system: string, dial: string): Promise<number | null> {
  const answer = await client.read('/reverse_proxy/upstreams');
  if (answer.status !== 200)
    throw new Failure('unavailable', `${system} does not show its upstreams: ${ownWords(answer)}`, { system });
  const upstreams = JSON.parse(answer.body) as readonly { address: string; num_requests: number }[];
  const own = upstreams.find(({ address }) => address === dial);
  // Plain routes that share a proxy are counted together.
  const shares = own === undefined && upstreams.some(({ address }) => address.includes('{'));
  return shares ? null : (own?.num_requests ?? 0);
}

function bodyOfRoute(text: string): string {
  const route = JSON.parse(text) as { handle?: readonly { body?: string }[] } | null;
  return route?.handle?.[0]?.body ?? '';
}
