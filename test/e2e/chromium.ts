import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/**
 * Returns the path of a Chromium: `HECATE_CHROMIUM`, or one in PATH. On Debian as root it installs one, which takes about
 * a minute, once. Throws with the command to run where that is not possible.
 */
export function ensureChromium(env: NodeJS.ProcessEnv): string {
  const found = env['HECATE_CHROMIUM'] ?? inPath(env);
  if (found) return found;
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    process.stderr.write('installing chromium with apt-get …\n');
    const options = { stdio: 'ignore', env: { ...env, DEBIAN_FRONTEND: 'noninteractive' } } as const;
    execFileSync('apt-get', ['update'], options);
    execFileSync('apt-get', ['install', '--yes', '--no-install-recommends', 'chromium'], options);
    const installed = inPath(env);
    if (installed) return installed;
  }
  throw new Error('no Chromium found: install one (apt-get install chromium), or set HECATE_CHROMIUM to its path');
}

function inPath({ PATH = '' }: NodeJS.ProcessEnv): string | undefined {
  return PATH.split(delimiter)
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find((file) => existsSync(file));
}
