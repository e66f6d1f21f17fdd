// The first ten bytes of a gzip file (RFC 1952, 2.3). No checksum of gzip covers them.

/** The header that Hecate writes: deflate, no time, no name, from Unix. zlib's own differs by system. */
const OWN = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);

/** Replaces the header of a gzip stream by the one that is the same on every system. */
export async function* withOwnHeader(gzip: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let start: Buffer | null = Buffer.alloc(0);
  for await (const chunk of gzip) {
    if (start === null) {
      yield chunk;
      continue;
    }
    start = Buffer.concat([start, chunk]);
    if (start.length < OWN.length) continue;
    yield Buffer.concat([OWN, start.subarray(OWN.length)]);
    start = null;
  }
}

/** Returns true for bytes with which a gzip file begins. */
export function isGzip(bytes: Buffer): boolean {
  return bytes.length >= OWN.length && bytes[0] === OWN[0] && bytes[1] === OWN[1];
}

/**
 * Returns true for a header that differs from Hecate's in one byte. No program writes such a one: others have a time of four
 * bytes, or the same header. So it is a damage that gzip would not notice.
 */
export function hasDamagedHeader(bytes: Buffer): boolean {
  let differing = 0;
  for (let at = 0; at < OWN.length; at++) if (bytes[at] !== OWN[at]) differing += 1;
  return differing === 1;
}
