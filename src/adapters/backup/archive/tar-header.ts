// Headers of tar files, as POSIX has them (pax(1), "ustar Interchange Format").

/** Size of a block: headers are one block long, and contents are filled up to whole blocks. */
export const TAR_BLOCK = 512;

/** Two blocks of zeros, the end of a tar file. */
export const TAR_END = Buffer.alloc(2 * TAR_BLOCK);

/** Header of an entry, as it was read. */
export interface TarHeader {
  readonly path: string;
  readonly size: number;
  /** Type flag, one character: `0` is a file. */
  readonly type: string;
}

/** Returns the number of bytes that fill a content up to whole blocks. */
export function tarPadding(size: number): number {
  return (TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK;
}

/** Returns the header of a file with mode 0600: one block, or three where the path needs an extension header. */
export function tarHeader(path: string, size: number, seconds: number): Buffer {
  const parts = splitPath(path);
  if (parts !== null) return block({ ...parts, size, seconds, type: '0' });
  const record = paxRecord('path', path);
  const extension = Buffer.concat([record, Buffer.alloc(tarPadding(record.length))]);
  const short = Buffer.from(path).subarray(0, 100);
  return Buffer.concat([
    block({ name: Buffer.from('PaxHeader'), prefix: Buffer.alloc(0), size: record.length, seconds, type: 'x' }),
    extension,
    block({ name: short, prefix: Buffer.alloc(0), size, seconds, type: '0' }),
  ]);
}

/** Reads a header. Returns null for a block of zeros, and `damaged` for one whose checksum or numbers are wrong. */
export function readTarHeader(bytes: Buffer): TarHeader | 'damaged' | null {
  if (bytes.equals(TAR_END.subarray(0, TAR_BLOCK))) return null;
  const size = octal(bytes.subarray(124, 136));
  if (octal(bytes.subarray(148, 156)) !== checksum(bytes) || size === null) return 'damaged';
  const isPosix = bytes.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isPosix ? text(bytes.subarray(345, 500)) : '';
  const name = text(bytes.subarray(0, 100));
  if (prefix === null || name === null) return 'damaged';
  const type = bytes[156] === 0 ? '0' : String.fromCharCode(bytes[156] ?? 0);
  return { path: prefix === '' ? name : `${prefix}/${name}`, size, type };
}

/**
 * Reads the records of a PAX extension header (`LENGTH KEY=VALUE\n`) in linear time. Returns null when it is malformed, or when a
 * record would change more than names and times.
 */
export function readPaxPath(bytes: Buffer): { readonly path?: string } | null {
  let path: string | undefined;
  for (let from = 0; from < bytes.length;) {
    const length = Number(/^[1-9]\d{0,4} /.exec(bytes.toString('latin1', from, from + 6))?.[0] ?? NaN);
    const record = text(bytes.subarray(from, from + length));
    const [, key = '', value = ''] = /^\d+ ([^=]+)=([^]*)\n$/.exec(record ?? '') ?? [];
    if (!(from + length <= bytes.length) || !HARMLESS_RECORDS.has(key)) return null;
    if (key === 'path') path = value;
    from += length;
  }
  return path === undefined ? {} : { path };
}

/** Reads the content of a GNU header with a long name. Returns null when it is not text. */
export function readGnuPath(bytes: Buffer): { readonly path: string } | null {
  const path = text(bytes.at(-1) === 0 ? bytes.subarray(0, -1) : bytes);
  return path === null ? null : { path };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const HARMLESS_RECORDS = new Set(['path', 'mtime', 'atime', 'ctime', 'uid', 'gid', 'uname', 'gname']);

interface Block {
  readonly name: Buffer;
  readonly prefix: Buffer;
  readonly size: number;
  readonly seconds: number;
  readonly type: string;
}

function block({ name, prefix, size, seconds, type }: Block): Buffer {
  const bytes = Buffer.alloc(TAR_BLOCK);
  name.copy(bytes, 0);
  bytes.write('0000600\0' + '0000000\0' + '0000000\0', 100, 'latin1');
  bytes.write(`${size.toString(8).padStart(11, '0')}\0${seconds.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  bytes.write(type, 156, 'latin1');
  bytes.write('ustar\x0000', 257, 'latin1');
  prefix.copy(bytes, 345);
  bytes.write(`${checksum(bytes).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return bytes;
}

/** Splits a path at a `/` into 155 and 100 bytes; null: it does not fit. */
function splitPath(path: string): { readonly name: Buffer; readonly prefix: Buffer } | null {
  const bytes = Buffer.from(path);
  if (bytes.length <= 100) return { name: bytes, prefix: Buffer.alloc(0) };
  const slash = bytes.indexOf('/', bytes.length - 101);
  if (slash < 1 || slash > 155 || slash === bytes.length - 1) return null;
  return { name: bytes.subarray(slash + 1), prefix: bytes.subarray(0, slash) };
}

/** A record begins with its own length, which counts its digits too. */
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  const guess = rest + String(rest).length;
  const length = rest + String(guess).length;
  return Buffer.from(`${length} ${key}=${value}\n`);
}

function checksum(bytes: Buffer): number {
  let sum = 8 * 32;
  for (let at = 0; at < 148; at++) sum += bytes[at] ?? 0;
  for (let at = 156; at < TAR_BLOCK; at++) sum += bytes[at] ?? 0;
  return sum;
}

/** Reads an octal number that ends with a zero or a space. Null: it is none, such as the base-256 numbers of sizes above 8 GiB. */
function octal(field: Buffer): number | null {
  const digits = /^ *([0-7]+)[\0 ]/.exec(`${field.toString('latin1')}\0`)?.[1];
  return digits === undefined ? null : parseInt(digits, 8);
}

/** Returns a text up to its first zero; null: it is not UTF-8. */
function text(field: Buffer): string | null {
  const end = field.indexOf(0);
  try {
    return utf8.decode(end === -1 ? field : field.subarray(0, end));
  } catch {
    return null;
  }
}
