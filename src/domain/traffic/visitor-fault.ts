/** A request that ended with an error of Caddy. */
export interface FailedRequest {
  /** Caddy's error. */
  readonly error: string;
  /** Address and port of the other end of the visitor's connection; null: unknown. */
  readonly peer: string | null;
  /** `unknown`: an older version of Hecate did not note it. */
  readonly body: 'complete' | 'incomplete' | 'none' | 'unknown';
}

/**
 * Returns true for an error of reading the request's body, which is the visitor's doing. Texts are those of Go 1.26 and quic-go.
 * Go decorates errors of reading from a server of HTTP/1.1, and gives errors of reading the body as they are, or as
 * `readfrom …: error`. Errors of writing to a server also come so, and are the server's.
 */
export function isVisitorsFault({ error, peer, body }: FailedRequest): boolean {
  const [, within] = READ_FROM.exec(error) ?? [];
  const cause = within ?? error;
  if (isMalformed(cause) || BROKE_OFF.test(cause)) return true;
  const [, from] = READ.exec(cause) ?? [];
  if (from !== undefined) return within !== undefined || from === peer;
  // A server of HTTP/2 that ends its connection looks the same, and so does a second attempt after a first server failed.
  if (cause === CUT_OFF) return within !== undefined || body === 'incomplete' || body === 'unknown';
  return cause === READ_AGAIN && body === 'incomplete';
}

/** Returns what was wrong with a request, as a clause. The error is one for which {@link isVisitorsFault} is true. */
export function visitorsFaultText(error: string): string {
  const malformed = isMalformed(READ_FROM.exec(error)?.[1] ?? error);
  return malformed ? 'the visitor’s request was malformed' : 'the visitor’s request broke off';
}

/** Go reads the body while it writes to the server's connection, whose addresses the error has first. */
const READ_FROM = /^readfrom \S+ \S+: ([^]*)$/;
const READ = /^read \S+ \S+->(\S+): /;
const CUT_OFF = 'unexpected EOF';
/** The body cannot be sent again to another server. */
const READ_AGAIN = 'http: invalid Read on closed Body';

/** Errors of chunks and trailers, and of bodies that are not as long as declared. */
const MALFORMED: readonly string[] = [
  'invalid byte in chunk length',
  'malformed chunked encoding',
  'http chunk length too large',
  'empty hex number for chunk length',
  'header line too long',
  'chunked line ends with bare LF',
  'invalid CR in chunked line',
  'chunked encoding contains too much non-data',
  'http: suspiciously long trailer after chunked body',
  'peer sent too much data',
];
const MALFORMED_LIKE =
  /^(malformed MIME header|net\/http: invalid method "|sender tried to send more than declared Content-Length|request declared a Content-Length of )/;

/** A stream that an upstream of HTTP/2 ends has `; received from peer` or another cause. No upstream speaks HTTP/3. */
const BROKE_OFF =
  /^(client disconnected|body closed by handler|http2: stream closed|http: unexpected EOF reading trailer|stream error: stream ID \d+; [A-Z0-9_]+|H3[ _][^]*|Application error 0x[^]*|timeout: no recent network activity)$/;

function isMalformed(error: string): boolean {
  return MALFORMED.includes(error) || MALFORMED_LIKE.test(error);
}
