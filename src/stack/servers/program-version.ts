import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
type Env = Readonly<Record<string, string | undefined>>;

/** Returns the version that `PROGRAM --version` prints, for example `2.11.7`; null when it prints none within 10 s. */
export async function versionOf(path: string, env: Env): Promise<string | null> {
  try {
    const { stdout, stderr } = await run(path, ['--version'], { env: env, timeout: 10_000 });
    return /\bv?(\d+\.\d+\.\d+)/.exec(`${stdout}${stderr}`)?.[1] ?? null;
  } catch {
    return null;
  }
}

/** Returns true when `version` can replace `pinned`: the same major, and the same minor or a later one. */
export function fits(version: string | null, pinned: string): boolean {
  if (version === null) return false;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [pinnedMajor = 0, pinnedMinor = 0] = pinned.split('.').map(Number);
  return major === pinnedMajor && minor >= pinnedMinor;
}

/** Finds the first executable with this name on PATH; null when there is none. */
export async function findOnPath(name: string, env: Env): Promise<string | null> {
  for (const folder of (env['PATH'] ?? '').split(delimiter).filter((entry) => entry !== '')) {
    const path = join(folder, name);
    const executable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (executable) return path;
  }
  return null;
}
