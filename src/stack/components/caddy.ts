import { lstatSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { logsConfig } from '../../adapters/caddy/access-log-config.js';
import { createAdminClient } from '../../adapters/caddy/admin-client.js';
import { servedGeneration } from '../../adapters/caddy/data-plane.js';
import { homeLayout, type HomeLayout } from '../home-layout.js';
import { makePrivateFolder, readText, writeJson, writePrivate } from '../../adapters/files/private-files.js';
import type { StackSettings } from '../settings/stack-settings.js';
import { finishPart, mendByRestore } from '../restore/journal.js';
import { PatientError, type Component } from './component.js';

/** A Caddy whose admin endpoint is silent goes on serving visitors; a restart would cost them requests. */
const SERVING_PATIENCE_MS = 18_000;

/** Longest path (bytes) of a Unix socket that all systems accept. */
const longestSocketPath = 100;

/** Caddy, with its admin endpoint on a Unix socket. It starts without routes; the worker writes its configuration. */
export function caddyComponent(settings: StackSettings): Component {
  const { home, programs } = settings;
  const { caddy: folder } = homeLayout(home);
  const config = join(folder, 'bootstrap.json');
  // As `up` recorded it: the record of a temporary folder may be damaged since then.
  const socket = settings.connections.caddy[0]?.admin.replace(/^unix\//, '') ?? adminSocket(home);
  return {
    name: 'caddy',
    version: programs.caddy?.version ?? null,
    prepare: async () => {
      await finishPart('caddy', homeLayout(home));
      makePrivateFolder(folder);
      const { caddyHttp: httpPort, caddyHttps: httpsPort } = settings.ports;
      writeJson(config, bootstrapConfig(homeLayout(home), { admin: socket, httpPort, httpsPort }));
    },
    launch: {
      file: programs.caddy?.path ?? 'caddy',
      args: ['run', '--config', config],
      env: { HOME: folder, XDG_DATA_HOME: homeLayout(home).caddyData, XDG_CONFIG_HOME: join(folder, 'config') },
    },
    async check() {
      const [admin, served] = await Promise.allSettled([
        createAdminClient('caddy', `unix/${socket}`).read('/config/apps/http/servers/hecate/listen'),
        servedGeneration(
          'caddy',
          settings.connections.caddy[0]?.http ?? `http://127.0.0.1:${settings.ports.caddyHttp}`,
        ),
      ]);
      // Before the worker's first write Caddy has no server, and so listens on no port.
      const hasServer = admin.status === 'fulfilled' && admin.value.status === 200;
      if (served.status === 'rejected' && (hasServer || admin.status === 'rejected')) throw served.reason;
      if (admin.status === 'rejected')
        throw new PatientError('its admin endpoint does not answer', SERVING_PATIENCE_MS);
    },
    mend: () => mendByRestore('caddy', homeLayout(home)),
  };
}

/** Path of the admin socket: in the home, or in a private temporary folder when that path is too long. */
export function adminSocket(home: string): string {
  const layout = homeLayout(home);
  const own = join(layout.caddy, 'admin.sock');
  if (Buffer.byteLength(own) <= longestSocketPath) return own;
  makePrivateFolder(layout.caddy);
  if (!isOurFolder(recordedFolder(home)))
    writePrivate(layout.caddySocketFolder, mkdtempSync(join(tmpdir(), 'hecate-')));
  return join(recordedFolder(home) ?? '', 'admin.sock');
}

/** The temporary folder with the socket; null when the socket is in the home. */
export function recordedFolder(home: string): string | null {
  const record = homeLayout(home).caddySocketFolder;
  return readText(record).value;
}

/** Returns true for a folder, not a link to one, that only this user can read. */
export function isOurFolder(folder: string | null): boolean {
  const found = folder === null ? undefined : lstatSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory() !== true) return false;
  const { uid, mode } = found;
  return uid === process.getuid?.() && (mode & 0o777) === 0o700;
}

/** Admin socket and ports of Caddy. */
export interface CaddyListener {
  /** Path of the admin socket. */
  readonly admin: string;
  readonly httpPort: number;
  readonly httpsPort: number;
}

/** Caddy's configuration at its start: all settings outside Hecate's own server, and no routes. */
export function bootstrapConfig(layout: HomeLayout, { admin, httpPort, httpsPort }: CaddyListener): Bootstrap {
  return {
    admin: { listen: `unix/${admin}|0600`, config: { persist: false } },
    storage: { module: 'file_system', root: layout.caddyData },
    logging: { logs: logsConfig(layout.accessLog) },
    apps: {
      http: { http_port: httpPort, https_port: httpsPort },
      // Issue a certificate of the internal authority at the first handshake for a host.
      tls: { automation: { policies: [{ on_demand: true, issuers: [{ module: 'internal' }] }] } },
      pki: { certificate_authorities: { local: { install_trust: false } } },
    },
  };
}

interface Bootstrap {
  readonly apps: { readonly http: Readonly<Record<string, unknown>> } & Readonly<Record<string, unknown>>;
  readonly [part: string]: unknown;
}
