import { readdirSync, realpathSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { writePrivate } from '../../files/private-files.js';
import { fileProblem } from '../../files/secret-file.js';
import { Failure } from '../../../ports/failure.js';

/** Errors that pass: a full disk, a full quota, an error of the device. */
const PASSING = ['ENOSPC', 'EDQUOT', 'EIO', 'EAGAIN', 'EMFILE', 'ENFILE'];

/**
 * Writes the file with the API token atomically, with mode 0600. A link stays and its target is replaced. Throws `unavailable`
 * on a full disk, `denied` for a file or folder that this process may not write.
 */
export function writeTokenFile(file: string, token: string): void {
  try {
    const target = realpathSync(file);
    writePrivate(target, `${token}\n`);
    removeRemains(target);
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    const why = WHY[code] ?? fileProblem(cause);
    throw new Failure(
      PASSING.includes(code) ? 'unavailable' : 'denied',
      `the worker cannot write a new API token of authentik into ${file}: ${why}`,
      {
        system: 'authentik',
        hint: PASSING.includes(code)
          ? 'Make space on the disk; Hecate tries again.'
          : `Copy the file into a folder that the worker may write, name the copy by HECATE_AUTHENTIK_TOKEN_FILE, and start the worker again. Hecate replaces the whole file, so a file mounted by itself (a Docker or Kubernetes secret) cannot be used.`,
        cause,
      },
    );
  }
}

const WHY: Readonly<Record<string, string>> = {
  EROFS: 'it is mounted read-only',
  EBUSY: 'it is mounted by itself, so that it cannot be replaced',
  EXDEV: 'it is mounted by itself, so that it cannot be replaced',
  ENOSPC: 'no space is left on the disk',
  EDQUOT: 'the quota of the disk is used up',
};

/** Removes what a process left that was killed before it replaced the file. */
function removeRemains(target: string): void {
  const folder = dirname(target);
  const start = `${basename(target)}.`;
  for (const name of readdirSync(folder)) {
    if (name.startsWith(start) && /^\d+\.tmp$/.test(name.slice(start.length)))
      rmSync(join(folder, name), { force: true });
  }
}
