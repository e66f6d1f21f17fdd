import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** Largest secret file in bytes: keys, seeds and tokens are much smaller. */
export const LARGEST_SECRET_BYTES = 4_096;

/**
 * Reads a key, a seed or a token from its file, without surrounding white space. Never waits and never reads more than
 * `largest` bytes. Throws node's own error, or one that {@link fileProblem} explains for a folder, a device, a pipe or a larger
 * file.
 */
export function readSecretFile(path: string, largest: number = LARGEST_SECRET_BYTES): string {
  // Without O_NONBLOCK the opening of a pipe waits for its writer.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = fstatSync(file);
    if (found.isDirectory()) throw unfit('EISDIR');
    if (!found.isFile()) throw unfit('ENOTREG');
    const bytes = Buffer.alloc(largest + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = readSync(file, bytes, length, bytes.length - length, null);
    }
    if (length > largest) throw unfit('EFBIG', `it is larger than ${largest} bytes`);
    return bytes.toString('utf8', 0, length).trim();
  } finally {
    closeSync(file);
  }
}

/** Returns true for an error of a file that exists and cannot hold a secret: a folder, a device, a pipe, a large file. */
export function isUnfit(error: unknown): boolean {
  return ['EISDIR', 'ENOTREG', 'EFBIG'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** Returns why a file could not be read or written, in words. */
export function fileProblem(error: unknown): string {
  const { code = '', message = String(error) } = error as { code?: string; message?: string };
  return FILE_PROBLEMS[code] ?? message;
}

const FILE_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTREG: 'it is not a regular file',
  // A socket, or a device without its driver.
  ENXIO: 'it is not a regular file',
};

function unfit(code: string, problem = FILE_PROBLEMS[code]): Error {
  return Object.assign(new Error(problem), { code });
}
