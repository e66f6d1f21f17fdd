// Caddy as a proxy: its admin endpoint, its answers to visitors and its access log. May import domain, ports and undici.
import type { Generation } from '../../domain/log/commit.js';
import { GENERATION_ID, type ProxySettings } from '../../domain/caddy/document.js';
import type { ProxyModule } from '../../domain/middleware/kind.js';
import type { Proxy } from '../../ports/proxy.js';
import { Failure } from '../../ports/failure.js';
import { createCanaryRequests } from '../traffic/canary-requests.js';
import { findRequests } from '../traffic/find-requests.js';
import { recentRequests } from '../traffic/recent-requests.js';
import { claimedAddresses, removalOf } from './claimed-addresses.js';
import { createAdminClient, type AdminAnswer, type AdminClient } from './admin-client.js';
import { answeredBy, clockSkewMs, servedGeneration } from './data-plane.js';
import { askUpstream } from './ask-upstream.js';
import { parseGeneration } from './generation.js';
import { visit } from './visit.js';
import { servedCertificate } from './served-certificate.js';
import { generationGuard, caddyErrorMessage, SERVER_PATH, writeConfig, type Guard } from './write-config.js';

/** Addresses of one Caddy, and the settings that Hecate writes into a Caddy without a configuration. */
export interface CaddyOptions {
  readonly name: string;
  /** `unix//path`, `host:port` or `http://host:port`. */
  readonly admin: string;
  /** Base URL of plain HTTP, e.g. `http://127.0.0.1:8080`. */
  readonly http: string;
  /** Base URL of HTTPS. */
  readonly https: string;
  /** Path of the JSON access log; null when Hecate has no access to it. */
  readonly accessLog: string | null;
  readonly settings: ProxySettings;
  /** File with the authorities that it trusts for upstreams, its `SSL_CERT_FILE`; null or absent: those of the system. */
  readonly authorities?: string | null;
  /** Returns the id of the operation that runs now, which its visits carry; null: none. */
  readonly operation?: () => string | null;
}

/** Creates a {@link Proxy} for a real Caddy 2.11. It keeps no connection open, and remembers how far it read the access log. */
export function createCaddyProxy(options: CaddyOptions): Proxy {
  const { name, admin, http, accessLog } = options;
  const client = createAdminClient(name, admin);
  const system = `${name} at ${admin}`;
  const canaryRequests = createCanaryRequests(system, accessLog);
  return {
    name,
    address: admin,
    removal: removalOf('hecate', admin),
    current: () => current(client, system),
    write: (document, guard, { takes = false } = {}) =>
      writeConfig(client, options, document, { guard: JSON.parse(guard) as Guard, takes }),
    configured: () => configured(client, system),
    wholeConfig: () => wholeConfig(client, system),
    claims: async () => claimedAddresses(await wholeConfig(client, system), admin, options.settings),
    served: () => servedGeneration(system, http),
    answeredBy: (host, hash) => answeredBy(system, http, host, hash),
    ports: portsOf(options),
    isLocal: isLocal(admin),
    ask: (check) => askUpstream(check, { isLocal: isLocal(admin), authorities: options.authorities ?? null }),
    visit: (request, logId) =>
      visit({ system, http, https: options.https }, request, {
        secret: options.settings.visitMark ?? logId,
        operation: options.operation?.() ?? null,
      }),
    hasModule: async (module) =>
      (await client.adapt(`:0 {\n\troute {\n\t\t${DIRECTIVES[module]}\n\t}\n}`)).status === 200,
    certificate: (host) =>
      servedCertificate({ system, base: options.https, authorities: options.authorities ?? null }, host),
    openRequests: (dial) => openRequests(client, system, dial),
    clockSkewMs: () => clockSkewMs(system, http),
    recentRequests: (hosts, seconds) => recentRequests(system, accessLog, hosts, seconds),
    findRequests: (search) => findRequests(system, accessLog, search),
    traffic: (mark, sinceMs, slowOverMs) => canaryRequests.traffic({ mark, sinceMs, slowOverMs }),
  };
}

function portsOf({ http, https, settings }: CaddyOptions): ReadonlySet<number> {
  const entrances = [http, https].map((base) => Number(new URL(base).port));
  return new Set([80, 443, settings.httpPort, settings.httpsPort, ...entrances.filter((port) => port > 0)]);
}

/** True for an admin endpoint that only this machine reaches. */
function isLocal(admin: string): boolean {
  return /^(?:https?:\/\/)?(?:unix\/|localhost\b|127\.|\[::1\])/.test(admin);
}

/** The Caddyfile directive of each module. Caddy cannot adapt a Caddyfile with a directive whose module is missing. */
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
    throw unexpectedAnswer(system, 'configuration', config);
  }
  return { generation: null, guard: JSON.stringify({ kind: 'config', etag: config.etag } satisfies Guard) };
}

async function configured(client: AdminClient, system: string): Promise<Readonly<Record<string, unknown>> | null> {
  const answer = await client.read(SERVER_PATH);
  // Caddy answers 400 instead of null when a part of the path is missing.
  if (answer.status === 400 || answer.status === 404) return null;
  if (answer.status === 200) return JSON.parse(answer.body) as Readonly<Record<string, unknown>> | null;
  throw unexpectedAnswer(system, 'configuration', answer);
}

async function wholeConfig(client: AdminClient, system: string): Promise<unknown> {
  const answer = await client.read('/config/');
  if (answer.status === 200) return JSON.parse(answer.body) as unknown;
  throw unexpectedAnswer(system, 'configuration', answer);
}

/** Reads Caddy's count of requests in flight to an upstream address. A WebSocket counts until it is closed. */
async function openRequests(client: AdminClient, system: string, dial: string): Promise<number | null> {
  const answer = await client.read('/reverse_proxy/upstreams');
  if (answer.status !== 200) throw unexpectedAnswer(system, 'list of upstreams', answer);
  const upstreams = JSON.parse(answer.body) as readonly { address: string; num_requests: number }[];
  const own = upstreams.find(({ address }) => address === dial);
  // Plain routes share one proxy handler, and Caddy counts their requests together.
  const shares = own === undefined && upstreams.some(({ address }) => address.includes('{'));
  return shares ? null : (own?.num_requests ?? 0);
}

function unexpectedAnswer(system: string, what: string, answer: AdminAnswer): Failure {
  return new Failure('unavailable', `cannot read the ${what} of ${system}: ${caddyErrorMessage(answer)}`, { system });
}

function bodyOfRoute(text: string): string {
  const route = JSON.parse(text) as { handle?: readonly { body?: string }[] } | null;
  return route?.handle?.[0]?.body ?? '';
}
