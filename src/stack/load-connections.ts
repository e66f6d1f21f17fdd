import { withoutTrailing } from '../domain/data/trim.js';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { canonicalRange, PRIVATE_RANGES } from '../domain/values/network/ip-range.js';
import { USUAL_ENVIRONMENT } from '../domain/values/environment-name.js';
import { Failure } from '../ports/failure.js';
import { isObject, readJson } from '../adapters/files/private-files.js';
import { isSameNats, natsServers } from '../adapters/log/nats/nats-servers.js';
import { profilePlace, temporalProfile } from '../adapters/temporal/connect-options.js';
import type { AuthentikConnection, CaddyConnection, Connections } from './connections.js';
import { homeLayout } from './home-layout.js';
import { OLD_TASK_QUEUE } from './task-queue.js';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Loads the connections: the file that `hecate up` wrote into the home, overridden by `HECATE_*` variables. Null when
 * there is neither. Reads only one small file, since every command starts with it.
 */
export function loadConnections(env: Env): Connections | null {
  const home = hecateHome(env);
  const written = readWritten(home);
  if (written === null && !isTemporalNamed(env) && !env['HECATE_NATS_URL']) return null;
  return overlay(written ?? defaultConnections(home, namedEnvironment(env)), env);
}

/** Path of the home: `HECATE_HOME`, else `hecate` in the XDG data folder. Absolute; the folder may not exist. */
export function hecateHome(env: Env): string {
  return env['HECATE_HOME'] ? resolve(env['HECATE_HOME']) : join(xdgDataHome(env), 'hecate');
}

/** Path of the operator's private key: `HECATE_OPERATOR_KEY_FILE`, else `operator.key` in the home. Absolute; it may not exist. */
export function operatorKeyFile(env: Env, home: string): string {
  return env['HECATE_OPERATOR_KEY_FILE'] ? resolve(env['HECATE_OPERATOR_KEY_FILE']) : homeLayout(home).operatorKey;
}

/** The user's data folder (XDG Base Directory Specification): `XDG_DATA_HOME`, else `~/.local/share`. */
export function xdgDataHome(env: Env): string {
  return env['XDG_DATA_HOME'] || join(env['HOME'] || homedir(), '.local', 'share');
}

/** Overrides `base` by the `HECATE_*` variables. Throws `invalid` for impossible values. */
export function overlay(base: Connections, env: Env): Connections {
  const { temporal, nats, vault } = base;
  const otherNats = env['HECATE_NATS_URL'] !== undefined;
  const otherVault = env['HECATE_VAULT_ADDR'] !== undefined;
  const environment = namedEnvironment(env, base.environment);
  // Servers that the home knows keep the names that its log and its secrets have there.
  const namesIn = (isKnown: boolean, known?: string) => (isKnown ? known : environment);
  return {
    home: base.home,
    temporal: overlayTemporal(temporal, env),
    nats: {
      url: natsUrlOf(env) ?? nats.url,
      workerSeedFile: env['HECATE_NATS_SEED_FILE'] ?? (otherNats ? null : nats.workerSeedFile),
      cliSeedFile: env['HECATE_NATS_CLI_SEED_FILE'] ?? (otherNats ? null : nats.cliSeedFile),
      ...notarySeed(env['HECATE_NATS_NOTARY_SEED_FILE'] ?? (otherNats ? null : (nats.notarySeedFile ?? null))),
      ...named(namesIn(isSameNats(env['HECATE_NATS_URL'] ?? nats.url, nats.url), nats.environment)),
    },
    caddy: overlayCaddy(base.caddy, env),
    vault: {
      address: env['HECATE_VAULT_ADDR'] ?? vault.address,
      roleIdFile: env['HECATE_VAULT_ROLE_ID_FILE'] ?? (otherVault ? null : vault.roleIdFile),
      secretIdFile: env['HECATE_VAULT_SECRET_ID_FILE'] ?? (otherVault ? null : vault.secretIdFile),
      cliRoleIdFile: env['HECATE_VAULT_CLI_ROLE_ID_FILE'] ?? (otherVault ? null : (vault.cliRoleIdFile ?? null)),
      cliSecretIdFile: env['HECATE_VAULT_CLI_SECRET_ID_FILE'] ?? (otherVault ? null : (vault.cliSecretIdFile ?? null)),
      ...named(namesIn([undefined, vault.address].includes(env['HECATE_VAULT_ADDR']), vault.environment)),
    },
    authentik: overlayAuthentik(base.authentik ?? null, env),
    trustedProxies: trustedProxiesOf(env) ?? base.trustedProxies ?? null,
    publicHttpsPort: publicHttpsPortOf(base, env),
    environment,
    worker: {
      taskQueue: env['HECATE_TASK_QUEUE'] ?? base.worker.taskQueue,
      metrics: metricsAddressOf(env) ?? base.worker.metrics ?? null,
    },
  };
}

/** Returns the address of the metrics that the environment names. Throws `invalid` for what is none. */
function metricsAddressOf(env: Env): string | undefined {
  const address = env['HECATE_METRICS_ADDRESS'] || undefined;
  if (address === undefined || /^([a-z0-9.-]+|\[[0-9a-f:]+\]):\d{1,5}$/i.test(address)) return address;
  throw new Failure('invalid', `HECATE_METRICS_ADDRESS ${JSON.stringify(address)} is not host:port`, {
    hint: 'Set it to an address of this machine, for example 127.0.0.1:9464',
  });
}

/** Returns the addresses of NATS that the environment names. Throws `invalid`, without repeating them: they may hold a password. */
function natsUrlOf(env: Env): string | undefined {
  const text = env['HECATE_NATS_URL'];
  if (text === undefined || natsServers(text) !== null) return text;
  throw new Failure('invalid', 'HECATE_NATS_URL is not a list of addresses of NATS', {
    hint: 'Write nats://host:4222, and several servers of one NATS separated by commas: nats://nats-1:4222,nats://nats-2:4222',
  });
}

function notarySeed(file: string | null): { readonly notarySeedFile?: string } {
  return file === null ? {} : { notarySeedFile: file };
}

function named(environment: string | undefined): { readonly environment?: string } {
  return environment === undefined ? {} : { environment };
}

/** The connections without a file: each server on its default port of this machine, without credentials. */
export function defaultConnections(home: string, environment: string = USUAL_ENVIRONMENT): Connections {
  return {
    home,
    temporal: { address: '127.0.0.1:7233', namespace: 'default', ui: null, profile: {} },
    nats: { url: 'nats://127.0.0.1:4222', workerSeedFile: null, cliSeedFile: null, environment },
    caddy: [
      {
        name: 'caddy',
        admin: `unix/${join(home, 'caddy', 'admin.sock')}`,
        http: 'http://127.0.0.1:8080',
        https: 'https://127.0.0.1:8443',
        accessLog: join(home, 'caddy', 'access.log'),
      },
    ],
    vault: {
      address: 'http://127.0.0.1:8200',
      roleIdFile: null,
      secretIdFile: null,
      cliRoleIdFile: null,
      cliSecretIdFile: null,
      environment,
    },
    authentik: null,
    trustedProxies: null,
    environment,
    worker: { taskQueue: OLD_TASK_QUEUE },
  };
}

function overlayAuthentik(written: AuthentikConnection | null, env: Env): AuthentikConnection | null {
  const url = env['HECATE_AUTHENTIK_URL'] === undefined ? undefined : withoutTrailing(env['HECATE_AUTHENTIK_URL'], '/');
  const tokenFile = env['HECATE_AUTHENTIK_TOKEN_FILE'];
  if (url === undefined) return written;
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw new Failure('invalid', `HECATE_AUTHENTIK_URL ${JSON.stringify(url)} is not an http or https URL`, {
      hint: 'Set it to the base URL of authentik, for example https://auth.example.com',
    });
  }
  if (tokenFile === undefined) {
    throw new Failure('invalid', 'HECATE_AUTHENTIK_URL is set, but HECATE_AUTHENTIK_TOKEN_FILE is missing', {
      hint: 'Write an API token of authentik into a file that only you can read, and set HECATE_AUTHENTIK_TOKEN_FILE to its path.',
    });
  }
  return { url, tokenFile: resolve(tokenFile), standIn: false };
}

/** Says that a start without the setting trusts none of the proxies that the last one trusted; null: nothing is lost. */
export function forgottenProxies(before: readonly string[] | null, named: readonly string[] | null): string | null {
  if (named !== null || before === null || before.length === 0) return null;
  return `HECATE_TRUSTED_PROXIES is not set, so no proxy is trusted any more; before: ${before.join(', ')}`;
}

/** The ranges of `HECATE_TRUSTED_PROXIES`, without duplicates; null: it is not set. Throws `invalid` and names the wrong item. */
export function trustedProxiesOf(env: Env): readonly string[] | null {
  const items = (env['HECATE_TRUSTED_PROXIES'] ?? '').split(/[\s,]+/).filter((item) => item !== '');
  if (items.length === 0) return null;
  if (items.length === 1 && items[0] === 'none') return [];
  const ranges = items.flatMap((item, index) => {
    if (item === 'private') return PRIVATE_RANGES;
    const range = canonicalRange(item);
    if (range !== null) return [range];
    const message = `HECATE_TRUSTED_PROXIES: item ${index + 1}, ${JSON.stringify(item)}, is not an IP address or CIDR range`;
    throw new Failure('invalid', message, {
      hint: 'Set it to the addresses of the proxies in front, for example: HECATE_TRUSTED_PROXIES="10.0.0.5, 2001:db8::/32", to private, or to none.',
    });
  });
  return [...new Set(ranges)];
}

const USUAL_HTTPS_PORT = 443;

/**
 * The port on which visitors reach HTTPS: `HECATE_PUBLIC_HTTPS_PORT`, else 443. Visitors reach the Caddy of the embedded
 * stack on its own port. Throws `invalid`.
 */
function publicHttpsPortOf({ caddy, publicHttpsPort }: Connections, env: Env): number {
  const text = env['HECATE_PUBLIC_HTTPS_PORT'];
  if (text) {
    const port = Number(text);
    if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port;
    throw new Failure('invalid', `HECATE_PUBLIC_HTTPS_PORT ${JSON.stringify(text)} is not a port`, {
      hint: 'Set it to the port on which visitors reach HTTPS, from 1 to 65535, or unset it: 443',
    });
  }
  if (env['HECATE_CADDY_ADMIN'] || env['HECATE_CADDY_HTTPS']) return USUAL_HTTPS_PORT;
  return publicHttpsPort ?? Number(new URL(caddy[0]?.https ?? 'https://localhost').port || USUAL_HTTPS_PORT);
}

/**
 * Returns the name of the environment: `HECATE_ENVIRONMENT`, else the one that the home has. Letters and digits, so that no
 * name prefix in a shared system is the start of another. Throws `invalid`.
 */
export function namedEnvironment(env: Env, before: string = USUAL_ENVIRONMENT): string {
  const text = env['HECATE_ENVIRONMENT'] ?? before;
  if (/^[a-z0-9]{1,20}$/.test(text)) return text;
  throw new Failure(
    'invalid',
    `HECATE_ENVIRONMENT ${JSON.stringify(text)} is not 1 to 20 of the characters a–z and 0–9`,
    {
      hint: 'Set it to a short name, for example: HECATE_ENVIRONMENT=staging',
    },
  );
}

/** Returns true when the environment names a Temporal, with Hecate's settings or with those of Temporal's own tools. */
export function isTemporalNamed(env: Env): boolean {
  return Boolean(env['HECATE_TEMPORAL_ADDRESS'] || env['TEMPORAL_ADDRESS'] || env['TEMPORAL_PROFILE']);
}

/** Overrides the address of Temporal. Its own settings (`TEMPORAL_…`) do not concern a home's own server. */
function overlayTemporal(written: Connections['temporal'], env: Env): Connections['temporal'] {
  const address = env['HECATE_TEMPORAL_ADDRESS'];
  const isOwn = written.profile === undefined && !address;
  const profile = { ...written.profile, ...temporalProfile(env) };
  const named = !isOwn && isTemporalNamed(env) ? profilePlace({ ...profile, ...env }) : null;
  return {
    address: address ?? named?.address ?? written.address,
    namespace: env['HECATE_TEMPORAL_NAMESPACE'] ?? named?.namespace ?? written.namespace,
    ui: env['HECATE_TEMPORAL_UI'] ?? (address ? null : written.ui),
    ...(isOwn ? {} : { profile }),
  };
}

/** Overrides the Caddys. All four variables are comma-separated lists, and the n-th items belong together. */
function overlayCaddy(written: readonly CaddyConnection[], env: Env): readonly CaddyConnection[] {
  const admins = list(env['HECATE_CADDY_ADMIN']);
  const http = list(env['HECATE_CADDY_HTTP']);
  const https = list(env['HECATE_CADDY_HTTPS']);
  const accessLogs = list(env['HECATE_CADDY_ACCESS_LOG']);
  const elsewhere = admins.length > 0;
  const base = elsewhere ? admins.map((admin, i) => fresh(admin, i, admins.length)) : written;
  return base.map((caddy, i) => ({
    ...caddy,
    http: http[i] ?? caddy.http,
    https: https[i] ?? caddy.https,
    accessLog: accessLogs[i] ?? caddy.accessLog,
  }));
}

/** The connection of a Caddy of which only the admin address is known: ports 80 and 443 of the same host. */
function fresh(admin: string, index: number, count: number): CaddyConnection {
  const host = admin.startsWith('http') ? new URL(admin).hostname : '127.0.0.1';
  return {
    name: count === 1 ? 'caddy' : `caddy-${index + 1}`,
    admin: withoutTrailing(admin, '/'),
    http: `http://${host}:80`,
    https: `https://${host}:443`,
    accessLog: null,
  };
}

function list(value: string | undefined): string[] {
  return (value ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** Reads the connections that `hecate up` wrote; from its settings when their own file is damaged. */
function readWritten(home: string): Connections | null {
  const layout = homeLayout(home);
  const { value, broken } = readJson<Connections>(layout.connections, isConnections);
  if (broken === null) return value && { ...value, home };
  const settings = readJson<{ connections: Connections }>(layout.settings, (all) =>
    isConnections((all as { connections?: unknown } | null)?.connections),
  );
  if (settings.value !== null) return { ...settings.value.connections, home };
  throw new Failure('unavailable', broken, { hint: 'Write it again: hecate up' });
}

/** Returns true for the content of a file of connections. */
export function isConnections(value: unknown): boolean {
  const { temporal, nats, caddy } = (value ?? {}) as Partial<Connections>;
  return isObject(temporal) && isObject(nats) && Array.isArray(caddy);
}
