import type { Duplex } from 'node:stream';

/** Most bytes of response headers that Caddy takes from a server: the default of Go's transport. */
export const HEADER_BYTES = 10 * 1_048_576;
/** Longest line of a chunk's size, in bytes. */
const CHUNK_LINE_BYTES = 4_096;

/** How a server's answer fails. `protocol`: it is not HTTP/1. `malformed`: it is HTTP/1, but Caddy refuses it. `broken`: its body ends too early. */
export type BadAnswerKind = 'protocol' | 'malformed' | 'broken';

/** An answer that Caddy does not pass on. The message is a clause about the answer. */
export class BadAnswer extends Error {
  constructor(
    readonly kind: BadAnswerKind,
    message: string,
  ) {
    super(message);
  }
}

/** The beginning of an answer. */
interface Head {
  readonly status: number;
  readonly isHttp10: boolean;
  /** Values of the headers that say how long the body is. */
  readonly lengths: readonly string[];
  readonly encodings: readonly string[];
}

/** An answer whose headers have come. */
export interface Answer {
  readonly status: number;
  /** Reads on until the body ends. `onBytes` gets the bytes that have come so far. */
  untilEnd(onBytes: (bytes: number) => void): Promise<void>;
}

/**
 * Reads the answer to a GET request by the rules of Go's `net/http` (`textproto.ReadMIMEHeader`, `readTransfer`, `chunkedReader`),
 * which Caddy uses. Node's own parser refuses answers that Caddy passes on, and takes others that Caddy refuses. Throws `BadAnswer`,
 * or the error of the connection.
 */
export async function readAnswer(socket: Duplex): Promise<Answer> {
  const source = sourceOf(socket);
  for (;;) {
    const head = await readHead(source);
    const { status } = head;
    // An interim answer comes before the real one; 101 is the last of HTTP.
    if (status < 200 && status !== 101) continue;
    const untilEnd = bodyReader(head, source);
    return { status, untilEnd };
  }
}

/** The bytes that a server sends, read by lines and counts. */
interface Source {
  /** Returns the next line without its end; null: the connection ended before. Throws what `tooLong` returns for a line over the limit. */
  line(limit: number, tooLong: () => Error): Promise<{ readonly text: string; readonly isCrLf: boolean } | null>;
  /** Returns the first bytes of what comes next, at most `count`, without taking them. */
  peek(count: number): Promise<string>;
  /** Skips so many bytes; returns false when the connection ended before. */
  skip(count: number, onBytes: (bytes: number) => void): Promise<boolean>;
}

function sourceOf(socket: Duplex): Source {
  const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let rest: Buffer = Buffer.alloc(0);
  const more = async () => {
    const next = await chunks.next();
    if (next.done === true) return false;
    rest = rest.length === 0 ? next.value : Buffer.concat([rest, next.value]);
    return true;
  };
  return {
    line: async (limit, tooLong) => {
      for (let from = 0; ;) {
        const end = rest.indexOf(0x0a, from);
        if (end > limit || (end < 0 && rest.length > limit)) throw tooLong();
        if (end >= 0) {
          const isCrLf = end > 0 && rest[end - 1] === 0x0d;
          const text = rest.toString('latin1', 0, isCrLf ? end - 1 : end);
          rest = rest.subarray(end + 1);
          return { text, isCrLf };
        }
        from = rest.length;
        if (!(await more())) return null;
      }
    },
    peek: async (count) => {
      while (rest.length < count && (await more()));
      return rest.toString('latin1', 0, count);
    },
    skip: async (count, onBytes) => {
      for (let left = count; ;) {
        const taken = Math.min(left, rest.length);
        rest = rest.subarray(taken);
        left -= taken;
        onBytes(taken);
        if (left === 0) return true;
        if (!(await more())) return false;
      }
    },
  };
}

const ENDED = 'it closes the connection without an answer';

async function readHead(source: Source): Promise<Head> {
  let left = HEADER_BYTES;
  const line = async () => {
    const next = await source.line(left, () =>
      malformed(`its headers are larger than ${HEADER_BYTES / 1_048_576} MiB`),
    );
    if (next === null) throw new BadAnswer('protocol', ENDED);
    left -= next.text.length + 1;
    return next.text;
  };
  const begin = await source.peek('HTTP/'.length);
  if (begin === '') throw new BadAnswer('protocol', ENDED);
  if (begin !== 'HTTP/') throw new BadAnswer('protocol', 'its answer is not HTTP/1.1');
  const { status, isHttp10 } = statusLine(await line());
  const headers = new Map<string, string[]>();
  let last: string[] | null = null;
  for (;;) {
    const text = await line();
    const isContinued = text.startsWith(' ') || text.startsWith('\t');
    if (isContinued && last === null) throw malformed('the first line of its headers begins with a space');
    if (isContinued && last !== null) {
      last.push(`${last.pop() ?? ''} ${checkedValue('', text).trim()}`);
      continue;
    }
    if (text === '') break;
    const { name, value } = headerOf(text);
    last = headers.get(name) ?? [];
    last.push(value);
    headers.set(name, last);
  }
  const [lengths = [], encodings = []] = [headers.get('content-length'), headers.get('transfer-encoding')];
  return checked({ status, isHttp10, lengths, encodings });
}

function malformed(message: string): BadAnswer {
  return new BadAnswer('malformed', message);
}

function statusLine(text: string): Pick<Head, 'status' | 'isHttp10'> {
  const [, version, code] = /^(\S*) *(\S*)/.exec(text) ?? [];
  if (!/^HTTP\/\d\.\d$/.test(version ?? '')) throw malformed(`its version is ${quoted(version ?? '')}`);
  if (!/^\d{3}$/.test(code ?? '')) throw malformed(`its status is ${quoted(code ?? '')}`);
  const status = Number(code);
  if (status < 100) throw malformed(`its status is ${code ?? ''}, which is below 100`);
  return { status, isHttp10: version === 'HTTP/1.0' || version?.startsWith('HTTP/0') === true };
}

/** Name in lower case, and value. Go takes names with spaces in them, and leaves such headers out. */
function headerOf(text: string): { readonly name: string; readonly value: string } {
  const colon = text.indexOf(':');
  if (colon < 0) throw malformed(`its header line ${quoted(text)} has no colon`);
  const name = text.slice(0, colon);
  if (name === '') throw malformed('a header line begins with a colon');
  const wrong = /[^\w!#$%&'*+\-.^`|~ ]/.exec(name);
  if (wrong !== null) throw malformed(`the name of its header ${quoted(name)} has the character ${quoted(wrong[0])}`);
  return { name: name.toLowerCase(), value: checkedValue(name, text.slice(colon + 1)).trim() };
}

function checkedValue(name: string, value: string): string {
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(value)) {
    throw malformed(`${name === '' ? 'a continued header' : `its header ${quoted(name)}`} has a control character`);
  }
  return value;
}

/** Quotes a part of an answer, which may be long and have any bytes. */
function quoted(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

/** Throws when nobody can tell where the body ends. */
function checked(head: Head): Head {
  const { lengths, encodings, isHttp10 } = head;
  const [first, ...others] = lengths;
  if (others.some((one) => one !== first))
    throw malformed(`it has different Content-Lengths: ${lengths.map(quoted).join(', ')}`);
  if (first !== undefined && !/^\d+$/.test(first))
    throw malformed(`its Content-Length is ${quoted(first)}, which is not a number`);
  if (!isHttp10 && encodings.length > 1) throw malformed('it has several Transfer-Encoding headers');
  const [encoding = 'chunked'] = isHttp10 ? [] : encodings;
  if (encoding.toLowerCase() !== 'chunked')
    throw malformed(`its Transfer-Encoding is ${quoted(encoding)}, not "chunked"`);
  return head;
}

function bodyReader({ status, isHttp10, lengths, encodings }: Head, source: Source): Answer['untilEnd'] {
  if (status < 200 || status === 204 || status === 304) return async () => undefined;
  const read = async (onBytes: (bytes: number) => void) => {
    if (!isHttp10 && encodings.length > 0) return readChunks(source, onBytes);
    const [length] = lengths;
    if (length === undefined) return void (await source.skip(Number.POSITIVE_INFINITY, onBytes));
    if (!(await source.skip(Number(length), onBytes))) throw broken();
  };
  return (onBytes) =>
    read(onBytes).catch((error: unknown) => {
      throw error instanceof BadAnswer ? error : broken();
    });
}

function broken(): BadAnswer {
  return new BadAnswer('broken', 'it breaks off its answer');
}

/** Reads chunks until the last one. Their lines must end with CR LF. */
async function readChunks(source: Source, onBytes: (bytes: number) => void): Promise<void> {
  const line = async () => {
    const next = await source.line(CHUNK_LINE_BYTES, broken);
    if (next === null || !next.isCrLf) throw broken();
    return next.text;
  };
  for (;;) {
    const [size = ''] = (await line()).split(';');
    if (!/^[\da-f]{1,16}[ \t]*$/i.test(size)) throw broken();
    const bytes = Number.parseInt(size, 16);
    if (bytes === 0) return;
    if (!(await source.skip(bytes, onBytes)) || (await line()) !== '') throw broken();
  }
}
