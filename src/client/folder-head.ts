import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The commit that a folder stands on, whether files were changed since or not; null: none, or no git program. */
export async function headOf(folder: string): Promise<string | null> {
  const asked = promisify(execFile)('git', ['-C', folder, 'rev-parse', '--verify', 'HEAD'], { timeout: 10_000 });
  return asked.then(({ stdout }) => stdout.trim() || null).catch(() => null);
}
