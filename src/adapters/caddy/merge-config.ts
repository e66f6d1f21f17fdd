import { ACCESS_LOGGER, accessLogConfig } from './access-log-config.js';
import type { ProxyDocument, ProxySettings } from '../../domain/caddy/document.js';
import { mergeTls } from './merge-tls.js';

type Json = Readonly<Record<string, unknown>>;

/** What a Caddy that lost its configuration is told besides the routes. */
export interface BareSettings {
  readonly admin: string;
  readonly accessLog: string | null;
  readonly settings: ProxySettings;
}

/** The whole configuration with Hecate's server in it. What is there stays; what is missing for the server to work is added. */
export function mergeConfig(existing: unknown, document: ProxyDocument, bare: BareSettings): Json {
  const config = objectOf(existing);
  const apps = objectOf(config['apps']);
  const http = objectOf(apps['http']);
  const listen = adminListen(bare.admin);
  return {
    ...(listen === null ? {} : { admin: { listen } }),
    ...config,
    ...(bare.accessLog === null ? {} : { logging: withAccessLog(objectOf(config['logging']), bare.accessLog) }),
    apps: {
      // Caddy would ask for root to install its authority in the system.
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

/** Every host gets a certificate of the internal authority when it is first asked for. */
const INTERNAL_ONLY = { automation: { policies: [{ on_demand: true, issuers: [{ module: 'internal' }] }] } };

function withAccessLog(logging: Json, filename: string): Json {
  const logs = objectOf(logging['logs']);
  const isLogged = Object.values(logs).some((log) => [objectOf(log)['include']].flat().includes(ACCESS_LOGGER));
  if (isLogged) return logging;
  const own = accessLogConfig(filename);
  return { ...logging, logs: { default: { exclude: [ACCESS_LOGGER] }, ...logs, hecate_access: own } };
}

/** Caddy's own default is another address, so ours has to be said; one that is reached through a network keeps its own. */
function adminListen(admin: string): string | null {
  if (admin.startsWith('unix/')) return admin;
  const hostPort = admin.replace(/^https?:\/\//, '').replace(/\/$/, '');
  return /^(127\.|localhost:|\[::1\])/.test(hostPort) ? hostPort : null;
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}
