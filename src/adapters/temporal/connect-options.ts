import { isAbsolute, resolve } from 'node:path';
import { loadClientConnectConfig, loadClientConfigProfile } from '@temporalio/envconfig';
import { Failure } from '../../ports/failure.js';

type Env = Readonly<Record<string, string | undefined>>;

/** Settings of Temporal's own tools (`TEMPORAL_…`) that name files and servers and are no secrets themselves. */
export type TemporalProfile = Readonly<Record<string, string>>;

/** A Temporal to connect to. */
export interface TemporalPlace {
  readonly address: string;
  /** Null or absent: Temporal's own settings do not concern it, as for a home's own server. */
  readonly profile?: TemporalProfile | null;
}

/** Address, TLS and credentials for Temporal's client and worker. Never to be logged. */
export interface TemporalConnectOptions extends Pick<ConnectOptions, 'tls' | 'apiKey' | 'metadata'> {
  readonly address: string;
}

type ConnectOptions = ReturnType<typeof loadClientConnectConfig>['connectionOptions'];

/** Variables that name a file. A process may run in another folder, so their paths are kept whole. */
const FILES = [
  'TEMPORAL_CONFIG_FILE',
  'TEMPORAL_TLS_CLIENT_CERT_PATH',
  'TEMPORAL_TLS_CLIENT_KEY_PATH',
  'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
];
const TEXTS = ['TEMPORAL_PROFILE', 'TEMPORAL_TLS', 'TEMPORAL_TLS_SERVER_NAME'];

/** Returns those of Temporal's settings that may be kept in a home, with whole paths. */
export function temporalProfile(env: Env): TemporalProfile {
  const kept = [...FILES, ...TEXTS].flatMap((name) => {
    const value = env[name];
    if (!value) return [];
    return [[name, FILES.includes(name) && !isAbsolute(value) ? resolve(value) : value] as const];
  });
  return Object.fromEntries(kept);
}

/** Returns the address and the namespace that Temporal's settings name; null: they name none. Throws `invalid` or `denied`. */
export function profilePlace(env: Env): { readonly address: string | null; readonly namespace: string | null } {
  const { address, namespace } = read(env, (options) => loadClientConfigProfile(options));
  return { address: address ?? null, namespace: namespace ?? null };
}

/**
 * Returns how to connect to a Temporal: with TLS, a client certificate or an API key where Temporal's own settings (variables
 * `TEMPORAL_…`, or a profile of its TOML file) say so. Throws `invalid` or `denied` without repeating any content.
 */
export function temporalConnectOptions({ address, profile = null }: TemporalPlace, env: Env): TemporalConnectOptions {
  if (profile === null) return { address };
  const { connectionOptions } = read({ ...profile, ...env }, (options) => loadClientConnectConfig(options));
  const { tls, apiKey, metadata } = connectionOptions;
  return {
    address,
    ...(tls === undefined ? {} : { tls }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/** Reads the settings. The TOML file counts only when it is asked for: it may be meant for another Temporal. */
function read<T>(env: Env, load: (options: Parameters<typeof loadClientConnectConfig>[0]) => T): T {
  const overrideEnvVars = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => !!entry[1] && isRead(entry[0])),
  );
  const asksForFile = Boolean(env['TEMPORAL_PROFILE'] || env['TEMPORAL_CONFIG_FILE']);
  const file = env['TEMPORAL_CONFIG_FILE'];
  try {
    return load({
      overrideEnvVars,
      ...(asksForFile ? {} : { disableFile: true }),
      ...(file ? { configSource: { path: file } } : {}),
    });
  } catch (error) {
    throw unreadable(error);
  }
}

function isRead(name: string): boolean {
  return name.startsWith('TEMPORAL_') || name === 'HOME' || name === 'XDG_CONFIG_HOME' || name === 'APPDATA';
}

/** The errors of the library may quote the file, which holds keys. */
function unreadable(error: unknown): Failure {
  const { code, path, line } = error as { code?: unknown; path?: unknown; line?: unknown };
  const hint = 'Correct the variables TEMPORAL_… or the profile; see docs/how-to/existing-servers.md.';
  if (typeof code === 'string' && typeof path === 'string')
    return new Failure('denied', `cannot read ${path}, which the settings of Temporal name (${code})`, {
      system: 'temporal',
      hint,
    });
  const profile = /^Profile '[^']{0,100}' not found/.exec(error instanceof Error ? error.message : '')?.[0];
  const where = typeof line === 'number' ? `: line ${line} is not valid TOML` : '';
  const message = profile === undefined ? `the settings of Temporal cannot be read${where}` : `${profile} in the file`;
  return new Failure('invalid', message, { system: 'temporal', hint });
}
