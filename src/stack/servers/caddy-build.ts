import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makePrivateFolder } from '../../adapters/files/private-files.js';
import { withLock } from '../processes/lock.js';
import { packageRoot } from '../settings/package-root.js';
import { findOnPath, fits } from './program-version.js';

const run = promisify(execFile);
type Env = Readonly<Record<string, string | undefined>>;
type OnProgress = (line: string) => void;

const LONGEST_BUILD_MS = 20 * 60_000;
const PROGRESS_MS = 10_000;

/** Build tags that leave out databases of Caddy's certificate authority, which Hecate does not use. */
const LEFT_OUT = 'nobadger,nomysql,nopgx';

/** Returns true when a Caddy program includes the rate limiting module. */
export async function limitsRates(program: string, env: Env): Promise<boolean> {
  return run(program, ['list-modules'], { env: env, timeout: 10_000 }).then(
    ({ stdout }) => /^http\.handlers\.rate_limit$/m.test(stdout),
    () => false,
  );
}

/**
 * Returns the path of a Caddy with rate limiting. Builds it with Go from the modules pinned in `caddy-build/go.mod`: once
 * for all homes, and again when these files change. Null without Go, with `HECATE_CADDY_BUILD=off`, or after a failed build,
 * which is reported as progress. Safe for concurrent processes, and after a kill.
 */
export async function builtCaddy(servers: string, env: Env, onProgress: OnProgress): Promise<string | null> {
  if (env['HECATE_CADDY_BUILD'] === 'off') return null;
  const name = `caddy-built-${fingerprint()}`;
  const program = join(servers, name, 'caddy');
  if (existsSync(program)) return program;
  const go = await usableGo(env, onProgress);
  if (go === null) return null;
  try {
    makePrivateFolder(servers);
    const lock = { file: join(servers, `.${name}.lock`), timeoutMs: LONGEST_BUILD_MS, doing: 'Caddy is being built' };
    await withLock(lock, async () => {
      if (!existsSync(program)) await build(go, { servers, name }, env, onProgress);
    });
    return program;
  } catch (error) {
    onProgress(`cannot build Caddy with rate limiting, so rate limits will not work: ${lastWords(error)}`);
    return null;
  }
}

/** Folder of the Go module. It is in the sources, so that dependency tools can read and update it. */
function sources(): string {
  return join(packageRoot(), 'src', 'stack', 'servers', 'caddy-build');
}

function fingerprint(): string {
  const hash = createHash('sha256');
  for (const file of ['main.go', 'go.mod', 'go.sum']) hash.update(readFileSync(join(sources(), file))).update('\0');
  return hash.digest('hex').slice(0, 12);
}

/** Finds Go on PATH; null when it is missing or older than go.mod requires. */
async function usableGo(env: Env, onProgress: OnProgress): Promise<string | null> {
  const go = await findOnPath('go', env);
  if (go === null) return null;
  const needed = /^go (\S+)$/m.exec(readFileSync(join(sources(), 'go.mod'), 'utf8'))?.[1] ?? '';
  const said = await run(go, ['version'], { env: goEnv(env), timeout: 10_000 }).catch(() => ({ stdout: '' }));
  const version = /\bgo(\d+\.\d+\S*)/.exec(said.stdout)?.[1] ?? null;
  if (fits(version, needed)) return go;
  onProgress(`${go} has ${version ?? 'an unknown version'}, but Caddy with rate limiting needs Go ${needed} or newer`);
  return null;
}

/** Builds in a temporary folder and renames it when the build is complete. */
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
  onProgress('building Caddy with rate limiting, once; this takes some minutes (HECATE_CADDY_BUILD=off skips it)');
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

/** Arguments of `go` for a build, the same here and in containers. */
export function buildArguments(program: string): string[] {
  return ['build', '-trimpath', '-ldflags', '-s -w', '-tags', LEFT_OUT, '-o', program, '.'];
}

/** Removes folders of killed builds. The caller holds the lock, so no other build runs. */
async function removeLeftovers(servers: string, name: string): Promise<void> {
  const leftovers = (await readdir(servers)).filter((entry) => entry.startsWith(`.${name}-`));
  for (const entry of leftovers) await rm(join(servers, entry), { recursive: true, force: true });
}

/** Environment for `go`: no download of another toolchain, no workspace. */
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
