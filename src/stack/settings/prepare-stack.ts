import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { USUAL_ENVIRONMENT } from '../../domain/values/environment-name.js';
import { Failure } from '../../ports/failure.js';
import { adminSocket } from '../components/caddy.js';
import type { Connections } from '../connections.js';
import { homeLayout, type ComponentName, type HomeLayout } from '../home-layout.js';
import { isTemporalNamed, namedEnvironment, overlay } from '../load-connections.js';
import { OLD_TASK_QUEUE } from '../task-queue.js';
import { ownVersion, packageRoot, type PackageVersion } from './package-root.js';
import { choosePorts, type PortChoice, type StackPorts } from './ports.js';
import {
  closeToOthers,
  makePrivateFolder,
  readJson,
  writeJson,
  writePrivate,
} from '../../adapters/files/private-files.js';
import { isSameNats } from '../../adapters/log/nats/nats-servers.js';
import { ensureServer, PROGRAM_SETTINGS, type ServerName } from '../servers/ensure-server.js';
import { versionOf } from '../servers/program-version.js';
import { isSettings, type Program, type StackSettings } from './stack-settings.js';

/** The environment variable with the address of each component's external server. */
export const EXTERNAL_SETTINGS: Record<Exclude<ComponentName, 'worker' | 'notary'>, string> = {
  temporal: 'HECATE_TEMPORAL_ADDRESS',
  nats: 'HECATE_NATS_URL',
  caddy: 'HECATE_CADDY_ADMIN',
  openbao: 'HECATE_VAULT_ADDR',
  authentik: 'HECATE_AUTHENTIK_URL',
};

const programNames: Record<Exclude<ComponentName, 'worker' | 'authentik' | 'notary'>, ServerName> = {
  temporal: 'temporal',
  nats: 'nats-server',
  caddy: 'caddy',
  openbao: 'bao',
};

/** Creates the home's folders, and closes an existing one to other users. Throws `invalid` for a folder with other files, since `down --purge` deletes a home. Idempotent. */
export function makeHome(layout: HomeLayout): void {
  const foreign = existsSync(layout.home) && !existsSync(layout.marker) ? readdirSync(layout.home) : [];
  if (foreign.some((name) => name !== 'servers')) {
    throw new Failure('invalid', `${layout.home} contains other files and is not a home of Hecate`, {
      hint: 'Set HECATE_HOME to a new or empty folder.',
    });
  }
  for (const folder of [layout.home, layout.run, layout.logs]) {
    makePrivateFolder(folder);
    closeToOthers(folder);
  }
  if (!existsSync(layout.marker))
    writePrivate(layout.marker, 'This folder belongs to Hecate; `hecate down --purge` removes it.\n');
}

/** Finds programs and ports for the components that run here, and writes the connections and settings into the home. */
export async function prepareStack(
  home: string,
  options: UpOptions,
  names: readonly ComponentName[],
): Promise<StackSettings> {
  const layout = homeLayout(home);
  const { env } = options;
  const before = readJson<StackSettings>(layout.settings, isSettings).value;
  const external = names.filter((name) => isExternal(name, env, before));
  const own = names.filter((name) => !external.includes(name));
  const bundles = bundlesOf(options);
  const { workerFile } = bundles;
  if (own.includes('worker') && !existsSync(workerFile)) {
    throw new Failure('unavailable', `the worker is not built: ${workerFile} is missing`, {
      system: 'worker',
      hint: 'Run: npm run build',
    });
  }
  const choice = { mode: options.ports, named: options.namedPorts ?? {}, before: before?.ports ?? null };
  await choosePorts(layout.ports, choice, own);
  const programs = await findPrograms(own, options);
  // Another program may have taken a port while a server was built, and its server would be taken for ours.
  const ports = await choosePorts(layout.ports, choice, own);
  const embedded = embeddedConnections(home, ports, namedEnvironment(env, before?.connections.environment));
  const elsewhere = { ...embedded.temporal, ui: null, profile: {} };
  const base = external.includes('temporal') ? { ...embedded, temporal: elsewhere } : embedded;
  const named = overlay(base, env);
  const isKnown = before !== null && existsSync(layout.logId);
  const connections = isKnown ? withKnownNames(named, before, external) : named;
  writeJson(layout.connections, connections);
  const settings = { home, components: names, external, ports, programs, connections, ...bundles };
  writeJson(layout.settings, settings);
  return settings;
}

/** The programs of this version of Hecate, and the environment for them. */
export function bundlesOf(options: UpOptions): Pick<StackSettings, 'workerFile' | 'supervisorFile' | 'runs' | 'env'> {
  const own = Object.entries(options.env).filter(([name, value]) => name.startsWith('HECATE_') && value !== undefined);
  return {
    workerFile: options.workerFile ?? join(packageRoot(), 'dist', 'worker.cjs'),
    supervisorFile: options.supervisorFile ?? join(packageRoot(), 'dist', 'supervisor.cjs'),
    runs: options.runs ?? ownVersion(),
    env: Object.fromEntries(own) as Record<string, string>,
  };
}

async function findPrograms(
  names: readonly ComponentName[],
  { env, onProgress }: UpOptions,
): Promise<StackSettings['programs']> {
  const found: Partial<Record<ComponentName, Program>> = {};
  for (const name of names) {
    if (name === 'worker' || name === 'authentik' || name === 'notary') continue;
    const path = await ensureServer(programNames[name], env, onProgress);
    const version = await versionOf(path, env);
    if (version === null)
      throw new Failure(
        'invalid',
        `${path} --version prints no version, so it is not the program ${programNames[name]}`,
        {
          system: name,
          hint: `Set ${PROGRAM_SETTINGS[programNames[name]]} to the path of ${programNames[name]}, or unset it.`,
        },
      );
    found[name] = { path, version };
  }
  return found;
}

/**
 * Returns true for a component whose server the environment names. Settings of Temporal's own tools do not take the place of
 * a server that the home has already.
 */
function isExternal(name: ComponentName, env: UpOptions['env'], before: StackSettings | null): boolean {
  if (name === 'worker' || name === 'notary') return false;
  if (env[EXTERNAL_SETTINGS[name]]) return true;
  const hasOwn = before !== null && !before.external.includes('temporal');
  return name === 'temporal' && !hasOwn && isTemporalNamed(env);
}

/**
 * Keeps the names that a home's log and secrets have in NATS and Vault, also when its environment is named otherwise now. A
 * home of a version before 0.6 has those of `main`.
 */
function withKnownNames(now: Connections, before: StackSettings, external: readonly ComponentName[]): Connections {
  const isOwn = (name: ComponentName) => ![...external, ...before.external].includes(name);
  const { nats, vault } = before.connections;
  const named = (environment: string = USUAL_ENVIRONMENT) => ({ environment });
  return {
    ...now,
    nats: isOwn('nats') || isSameNats(now.nats.url, nats.url) ? { ...now.nats, ...named(nats.environment) } : now.nats,
    vault:
      isOwn('openbao') || now.vault.address === vault.address
        ? { ...now.vault, ...named(vault.environment) }
        : now.vault,
  };
}

function embeddedConnections(home: string, ports: StackPorts, environment: string): Connections {
  const layout = homeLayout(home);
  return {
    home,
    temporal: {
      address: `127.0.0.1:${ports.temporal}`,
      namespace: 'default',
      ui: `http://127.0.0.1:${ports.temporalUi}`,
    },
    nats: {
      url: `nats://127.0.0.1:${ports.nats}`,
      workerSeedFile: layout.natsSeed('worker'),
      cliSeedFile: layout.natsSeed('cli'),
      notarySeedFile: layout.natsSeed('notary'),
      environment,
    },
    caddy: [
      {
        name: 'caddy',
        admin: `unix/${adminSocket(home)}`,
        http: `http://127.0.0.1:${ports.caddyHttp}`,
        https: `https://127.0.0.1:${ports.caddyHttps}`,
        accessLog: layout.accessLog,
      },
    ],
    vault: {
      address: `http://127.0.0.1:${ports.openbao}`,
      roleIdFile: layout.roleId,
      secretIdFile: layout.secretId,
      cliRoleIdFile: layout.cliRoleId,
      cliSecretIdFile: layout.cliSecretId,
      environment,
    },
    authentik: {
      url: `http://127.0.0.1:${ports.authentik}`,
      tokenFile: layout.authentikToken,
      standIn: true,
    },
    trustedProxies: null,
    environment,
    worker: { taskQueue: OLD_TASK_QUEUE, metrics: `127.0.0.1:${ports.metrics}` },
  };
}

/** Options of `up`. */
export interface UpOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `auto` replaces a port that is in use by a free one. */
  readonly ports: 'default' | 'auto';
  /** Ports that a person named; kept for later starts. */
  readonly namedPorts?: PortChoice['named'];
  readonly onProgress?: (line: string) => void;
  /** The components to run; all by default. For tests. */
  readonly components?: readonly ComponentName[];
  /** Bundles to run instead of those in `dist`. For tests. */
  readonly supervisorFile?: string;
  readonly workerFile?: string;
  readonly runs?: PackageVersion;
}
