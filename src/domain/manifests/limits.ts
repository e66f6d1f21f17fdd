const MIB = 1 << 20;
/** Largest file, and all files together; 10,000 routes in one file are about 3 MiB. */
const LARGEST_FILE = 32 * MIB;
const LARGEST_TREE = 256 * MIB;

/** Counts the sizes of a source's files; answers for each why it is not to be read, or null. */
export function sizeLimit(): (bytes: number) => string | null {
  let bytesLeft = LARGEST_TREE;
  return (size) => {
    if (size > LARGEST_FILE)
      return `the file has ${Math.ceil(size / MIB)} MiB; a file of manifests has at most ${LARGEST_FILE / MIB}`;
    bytesLeft -= size;
    return bytesLeft < 0 ? `the files of a source have at most ${LARGEST_TREE / MIB} MiB together` : null;
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A path as messages name it: on one line, whatever its author wants them to look like. */
export function pathOnOneLine(path: string): string {
  return path.replace(/[\r\n]/g, (one) => (one === '\n' ? '\\n' : '\\r'));
}

/** Why a file without a text has none. */
export const NOT_UTF8 = 'the file is not UTF-8';

/** The text of a file; null: it is not UTF-8. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}
