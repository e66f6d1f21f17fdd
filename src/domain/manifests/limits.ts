const MIB = 1 << 20;
/** Largest size of a file in bytes. 10,000 routes in one file are about 3 MiB. */
const LARGEST_FILE = 32 * MIB;
/** Largest size of all files of a source together, in bytes. */
const LARGEST_TREE = 256 * MIB;

/**
 * Returns a function that is called with the size in bytes of each file of a source. It returns the reason not to read the
 * file; null: within the limits.
 */
export function sizeLimit(): (bytes: number) => string | null {
  let bytesLeft = LARGEST_TREE;
  return (size) => {
    if (size > LARGEST_FILE)
      return `the file has ${Math.ceil(size / MIB)} MiB, but the limit is ${LARGEST_FILE / MIB} MiB; split it`;
    bytesLeft -= size;
    return bytesLeft < 0
      ? `the files up to this one have more than ${LARGEST_TREE / MIB} MiB, the limit for all files together; split the source`
      : null;
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Returns a path for messages, with its line breaks escaped, so that a file's name cannot add lines to the output. */
export function pathOnOneLine(path: string): string {
  return path.replace(/[\r\n]/g, (one) => (one === '\n' ? '\\n' : '\\r'));
}

/** Problem of a file for which {@link textOf} returns null. */
export const NOT_UTF8 = 'the file is not UTF-8; save it as UTF-8';

/** Returns the text of a file; null: it is not UTF-8. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}

/** Folder of a repository's manifests; in a repository without it they may be anywhere. */
export const USUAL_FOLDER = '.hecate';

/** The problem with a submodule that may hold manifests. */
export const NO_SUBMODULES = 'Git submodules are not read; commit the files themselves';
