import { ACCESS_LOGGER, accessLogConfig } from './access-log-config.js';
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

function withAccessLog(logging: Json, filename: string): Json {
  const logs = objectOf(logging['logs']);
  const isLogged = Object.values(logs).some((log) => [objectOf(log)['include']].flat().includes(ACCESS_LOGGER));
  if (isLogged) return logging;
  const own = accessLogConfig(filename);
  return { ...logging, logs: { default: { exclude: [ACCESS_LOGGER] }, ...logs, hecate_access: own } };
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
