import { isSame } from '../../domain/data/fields.js';
import { ACCESS_LOGGER, logsConfig } from './access-log-config.js';
import type { ProxyDocument, ProxySettings } from '../../domain/caddy/document.js';
import { mergeTls } from './merge-tls.js';

type Json = Readonly<Record<string, unknown>>;

/** Settings outside Hecate's server, written into a Caddy that lacks them, for example after it lost its configuration. */
export interface BaseSettings {
  readonly admin: string;
  readonly accessLog: string | null;
  readonly settings: ProxySettings;
}

/** Merges Hecate's server into Caddy's whole configuration. Keeps existing settings and adds those that the server needs. */
export function mergeConfig(existing: unknown, document: ProxyDocument, bare: BaseSettings): Json {
  const config = objectOf(existing);
  const apps = objectOf(config['apps']);
  const http = objectOf(apps['http']);
  const listen = adminListen(bare.admin);
  return {
    ...(listen === null ? {} : { admin: { listen } }),
    ...config,
    ...(bare.accessLog === null ? {} : { logging: withAccessLog(objectOf(config['logging']), bare.accessLog) }),
    apps: {
      // Otherwise Caddy asks for root to install its authority in the system.
      pki: { certificate_authorities: { local: { install_trust: false } } },
      ...apps,
      tls: mergeTls(objectOf(apps['tls'] ?? INTERNAL_ONLY), document.tls),
      http: {
        http_port: bare.settings.httpPort,
        https_port: bare.settings.httpsPort,
        ...http,
        servers: { ...objectOf(http['servers']), hecate: document.server },
      },
    },
  };
}

/** Issues a certificate of the internal authority at the first handshake for a host. */
const INTERNAL_ONLY = { automation: { policies: [{ on_demand: true, issuers: [{ module: 'internal' }] }] } };

/** `default` as older versions of Hecate wrote it. */
const OLDER_DEFAULT = { exclude: [ACCESS_LOGGER] };
/** Log of older versions, with what Caddy's HTTP server reports. */
const OLDER_LOG = 'hecate_http';

/** Keeps an access log of others, and a `default` that Hecate did not write. */
function withAccessLog(logging: Json, filename: string): Json {
  const { [OLDER_LOG]: _, ...logs } = objectOf(logging['logs']);
  const own = logsConfig(filename);
  const isOthers = (name: string) => !Object.hasOwn(own, name);
  const takesRequests = (log: unknown) => [objectOf(log)['include']].flat().includes(ACCESS_LOGGER);
  if (Object.entries(logs).some(([name, log]) => isOthers(name) && takesRequests(log))) return logging;
  const { default: usual, ...more } = own;
  const kept = logs['default'];
  const isKept = kept !== undefined && !isSame(kept, OLDER_DEFAULT);
  return { ...logging, logs: { ...logs, default: isKept ? kept : usual, ...more } };
}

/** The admin address to write: sockets and loopback addresses, since Caddy's default differs. Null keeps an address on a network. */
function adminListen(admin: string): string | null {
  if (admin.startsWith('unix/')) return admin;
  const hostPort = admin.replace(/^https?:\/\//, '').replace(/\/$/, '');
  return /^(127\.|localhost:|\[::1\])/.test(hostPort) ? hostPort : null;
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}
