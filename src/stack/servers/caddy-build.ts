import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withLock } from '../lock.js';
import { packageRoot } from '../package-root.js';
import { findOnPath, fits } from './program-version.js';

const run = promisify(execFile);
type Env = Readonly<Record<string, string | undefined>>;
type OnProgress = (line: string) => void;

const LONGEST_BUILD_MS = 20 * 60_000;
const PROGRESS_MS = 10_000;

/** Databases of Caddy's certificate authority for clusters, which Hecate does not use. */
const LEFT_OUT = 'nobadger,nomysql,nopgx';

/** Whether a Caddy program is a build with rate limiting. */
export async function limitsRates(program: string, env: Env): Promise<boolean> {
  return run(program, ['list-modules'], { env: env, timeout: 10_000 }).then(
    ({ stdout }) => /^http\.handlers\.rate_limit$/m.test(stdout),
    () => false,
  );
}

/**
 * Our own Caddy, which limits rates: built by Go from the modules that `caddy-build/go.mod` pins, once for all homes and
 * again when one of these files changes. Null where there is no Go, `HECATE_CADDY_BUILD` is off, or the build failed, which
 * is said. Safe when several processes ask at once, and when one is killed.
 */
export async function builtCaddy(servers: string, env: Env, onProgress: OnProgress): Promise<string | null> {
  if (env['HECATE_CADDY_BUILD'] === 'off') return null;
  const name = `caddy-built-${fingerprint()}`;
  const program = join(servers, name, 'caddy');
  if (existsSync(program)) return program;
  const go = await usableGo(env, onProgress);
  if (go === null) return null;
  try {
    await mkdir(servers, { recursive: true, mode: 0o700 });
    const lock = { file: join(servers, `.${name}.lock`), timeoutMs: LONGEST_BUILD_MS, doing: 'Caddy is being built' };
    await withLock(lock, async () => {
      if (!existsSync(program)) await build(go, { servers, name }, env, onProgress);
    });
    return program;
  } catch (error) {
    onProgress(`Caddy with rate limiting could not be built, so it comes without: ${lastWords(error)}`);
    return null;
  }
}

/** Beside the bundle's sources, so that ordinary tools can read and update them. */
function sources(): string {
  return join(packageRoot(), 'src', 'stack', 'servers', 'caddy-build');
}

function fingerprint(): string {
  const hash = createHash('sha256');
  for (const file of ['main.go', 'go.mod', 'go.sum']) hash.update(readFileSync(join(sources(), file))).update('\0');
  return hash.digest('hex').slice(0, 12);
}

/** The Go on PATH; null when there is none as new as go.mod asks for. */
async function usableGo(env: Env, onProgress: OnProgress): Promise<string | null> {
  const go = await findOnPath('go', env);
  if (go === null) return null;
  const needed = /^go (\S+)$/m.exec(readFileSync(join(sources(), 'go.mod'), 'utf8'))?.[1] ?? '';
  const said = await run(go, ['version'], { env: goEnv(env), timeout: 10_000 }).catch(() => ({ stdout: '' }));
  const version = /\bgo(\d+\.\d+\S*)/.exec(said.stdout)?.[1] ?? null;
  if (fits(version, needed)) return go;
  onProgress(`${go} is ${version ?? 'of an unknown version'}, and building Caddy with rate limiting takes ${needed}`);
  return null;
}

/** Builds into a folder of its own, which appears under its name when it is whole. */
async function build(
  go: string,
  { servers, name }: { readonly servers: string; readonly name: string },
  env: Env,
  onProgress: OnProgress,
): Promise<void> {
  await removeLeftovers(servers, name);
  const work = await mkdtemp(join(servers, `.${name}-`));
  const started = Date.now();
  const report = () => onProgress(`building Caddy with rate limiting, once … ${seconds(started)} s`);
  onProgress('building Caddy with rate limiting, once, which takes minutes (HECATE_CADDY_BUILD=off leaves it out)');
  const ticking = setInterval(report, PROGRESS_MS);
  try {
    await run(go, buildArguments(join(work, 'caddy')), {
      cwd: sources(),
      env: goEnv(env),
      timeout: LONGEST_BUILD_MS,
      maxBuffer: 16 * 1024 * 1024,
    });
    if (!(await limitsRates(join(work, 'caddy'), env))) throw new Error('the program does not run or lacks the module');
    await rename(work, join(servers, name));
    onProgress(`built Caddy with rate limiting in ${seconds(started)} s`);
  } finally {
    clearInterval(ticking);
    await rm(work, { recursive: true, force: true });
  }
}

/** The same for every build, here and in containers. */
export function buildArguments(program: string): string[] {
  return ['build', '-trimpath', '-ldflags', '-s -w', '-tags', LEFT_OUT, '-o', program, '.'];
}

/** What a killed build left; nobody else builds under this name now. */
async function removeLeftovers(servers: string, name: string): Promise<void> {
  const leftovers = (await readdir(servers)).filter((entry) => entry.startsWith(`.${name}-`));
  for (const entry of leftovers) await rm(join(servers, entry), { recursive: true, force: true });
}

/** The Go that is there is used as it is, outside any workspace. */
function goEnv(env: Env): NodeJS.ProcessEnv {
  return { ...env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOWORK: 'off' };
}

function seconds(since: number): number {
  return Math.round((Date.now() - since) / 1_000);
}

function lastWords(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string };
  return (stderr || message || String(error)).trim().split('\n').slice(-4).join('\n');
}
