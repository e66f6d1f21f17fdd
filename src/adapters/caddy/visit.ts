import http from 'node:http';
import net from 'node:net';
import tls from 'node:tls';
import zlib from 'node:zlib';
import { TRACE_HEADER } from '../../domain/caddy/visits/trace.js';
import type { BodyProblem } from '../../domain/serving/body-problem.js';
import { OPERATION_HEADER, VISIT_HEADER } from '../../domain/caddy/visits/visit.js';
import { Failure } from '../../ports/failure.js';
import type { Visit, VisitRequest } from '../../ports/proxy.js';
import { USER_AGENT } from './ask-upstream.js';

/** Usual longest wait, in milliseconds. */
const TIMEOUT_MS = 4_500;
/** A reload of Caddy breaks connections, so a broken one is tried again. */
const ATTEMPTS = 4;
/** Longest wait for the next bytes of a body, at the end of a visit, in milliseconds. */
const SILENCE_MS = 1_500;
/** Bytes of a body that are waited for. */
const BODY_BYTES = 1_048_576;
/** Most bytes of response headers that Chrome takes; other browsers take as many or more. */
export const BROWSER_HEADER_BYTES = 262_144;
/** Types of answers that need not end. */
const STREAMS = /^(?:text\/event-stream|multipart\/x-mixed-replace|application\/grpc)/;

/** Encodings that browsers decode, with their decoders. */
const DECODERS: Readonly<Record<string, () => zlib.Gunzip | zlib.BrotliDecompress>> = {
  gzip: () => zlib.createGunzip(),
  br: () => zlib.createBrotliDecompress(),
};

/** Addresses of a proxy as visitors use them. */
export interface Entrance {
  readonly system: string;
  /** Base URL of plain HTTP. */
  readonly http: string;
  /** Base URL of HTTPS. */
  readonly https: string;
}

/** What marks a visit as Hecate's own. */
export interface VisitMark {
  readonly secret: string;
  /** Id of the operation that it belongs to; null: none. */
  readonly operation: string | null;
}

/** Implements `Proxy.visit`. */
export async function visit(entrance: Entrance, request: VisitRequest, mark: VisitMark): Promise<Visit> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(entrance, request, mark);
    } catch (error) {
      if (error instanceof Failure) throw error;
      if (attempt === ATTEMPTS) return { kind: 'failed', cause: 'protocol', detail: (error as Error).message };
      await new Promise((resolve) => setTimeout(resolve, 25 * attempt));
    }
  }
}

/** Throws the error of a connection that broke before the answer. */
async function once(entrance: Entrance, request: VisitRequest, mark: VisitMark): Promise<Visit> {
  const { scheme, host, path = '/', method = 'GET', cookie, authorization, trace, timeoutMs = TIMEOUT_MS } = request;
  const lap = stopwatch();
  const plain = await connected(entrance, scheme);
  const connect = lap();
  const signal = AbortSignal.timeout(timeoutMs);
  signal.addEventListener('abort', () => plain.destroy(), { once: true });
  try {
    const secure = scheme === 'https' ? await handshake(plain, host) : null;
    if (secure !== null && 'detail' in secure) return { kind: 'failed', cause: 'tls', detail: secure.detail };
    const handshaken = secure === null ? null : lap();
    const socket = secure?.socket ?? plain;
    const headers = {
      ...{ host, 'user-agent': USER_AGENT, [VISIT_HEADER]: mark.secret, connection: 'close' },
      ...(mark.operation === null ? {} : { [OPERATION_HEADER]: encodeURI(mark.operation) }),
      ...(trace === undefined ? {} : { [TRACE_HEADER]: trace }),
      ...(cookie === undefined ? {} : { cookie }),
      ...(authorization === undefined ? {} : { authorization }),
      // Without it Caddy decodes the body itself, and breaks off where it cannot.
      ...(request.untilEnd === true ? { 'accept-encoding': Object.keys(DECODERS).join(', ') } : {}),
    };
    const response = await answerOn(socket, { path, method, headers });
    const timings = { connect, handshake: handshaken, answer: lap() };
    const bodyProblem = request.untilEnd === true ? await problemOf(response, { signal, waitedMs: timeoutMs }) : null;
    return {
      ...{ kind: 'answered', ...answerOf(response), untrusted: secure?.untrusted ?? null, timings },
      ...(bodyProblem === null ? {} : { bodyProblem }),
    };
  } catch (error) {
    if (signal.aborted) return { kind: 'failed', cause: 'timeout', detail: `no answer within ${timeoutMs / 1000} s` };
    throw error;
  } finally {
    plain.destroy();
  }
}

/** Returns a function that gives the milliseconds since its last call. */
function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const passed = now - last;
    last = now;
    return Math.round(passed * 10) / 10;
  };
}

function connected({ system, ...entrance }: Entrance, scheme: 'http' | 'https'): Promise<net.Socket> {
  const { hostname, port, protocol } = new URL(entrance[scheme]);
  const target = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (protocol === 'https:' ? 443 : 80) };
  return new Promise((resolve, reject) => {
    const socket = net.connect({ ...target, timeout: TIMEOUT_MS });
    socket.once('connect', () => resolve(socket.removeAllListeners('error').on('error', () => undefined)));
    socket.once('timeout', () => socket.destroy(new Error('no connection in time')));
    socket.once('error', (cause) => {
      const hint = 'Start Caddy (embedded stack: hecate up), or correct HECATE_CADDY_HTTP and HECATE_CADDY_HTTPS.';
      const message = `${system} does not answer ${scheme.toUpperCase()} at ${entrance[scheme]}`;
      reject(new Failure('unavailable', message, { system, hint, cause }));
    });
  });
}

/** Returns the secure socket with the reason why a browser would not trust it, or why the handshake failed. */
function handshake(
  socket: net.Socket,
  host: string,
): Promise<{ readonly socket: tls.TLSSocket; readonly untrusted: string | null } | { readonly detail: string }> {
  return new Promise((resolve, reject) => {
    const secure = tls.connect({ socket, servername: host, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] });
    secure.once('secureConnect', () => {
      secure.removeAllListeners('error').on('error', () => undefined);
      resolve({ socket: secure, untrusted: secure.authorized ? null : String(secure.authorizationError) });
    });
    secure.once('error', (error: NodeJS.ErrnoException) =>
      // An error with `syscall` is a broken connection; others come from TLS.
      error.syscall === undefined && error.code !== 'ECONNRESET' ? resolve({ detail: error.message }) : reject(error),
    );
    secure.once('close', () => reject(new Error('the connection was closed during the handshake')));
  });
}

function answerOn(
  socket: net.Socket,
  asked: Pick<http.RequestOptions, 'path' | 'method'> & { readonly headers: Record<string, string> },
): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = http.request({ createConnection: () => socket, maxHeaderSize: BROWSER_HEADER_BYTES, ...asked });
    // Node leaves out headers beyond 2,000, and Caddy's own may be among them.
    sent.maxHeadersCount = 0;
    sent.once('response', (response) => {
      response.on('error', () => undefined);
      resolve(response);
    });
    sent.on('error', (error: NodeJS.ErrnoException) => reject(readable(error)));
    socket.once('close', () => reject(new Error('the connection was closed before the answer')));
    sent.end();
  });
}

/** Returns an error whose message is a clause for people. */
export function readable(error: NodeJS.ErrnoException): Error {
  if (error.code !== 'HPE_HEADER_OVERFLOW') return error;
  return new Error(`its headers are larger than ${BROWSER_HEADER_BYTES / 1_024} KiB, which Chrome refuses`);
}

function answerOf({ statusCode = 0, headers }: http.IncomingMessage) {
  const named = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
  return { status: statusCode, headers: Object.fromEntries(named) };
}

/** Waits for the end of a body. Returns what went wrong; null: nothing, or it is a stream or long. */
function problemOf(
  response: http.IncomingMessage,
  { signal, waitedMs }: { readonly signal: AbortSignal; readonly waitedMs: number },
): Promise<BodyProblem | null> {
  if (STREAMS.test(response.headers['content-type'] ?? '')) return Promise.resolve(null);
  return new Promise((resolve) => {
    let [last, bytes] = [performance.now(), 0];
    const encoding = response.headers['content-encoding'] ?? '';
    const decoder = DECODERS[encoding]?.().resume();
    // The signal closes the connection too; this comes first.
    signal.addEventListener('abort', () =>
      resolve(performance.now() - last < SILENCE_MS ? null : { kind: 'silent', waitedMs }),
    );
    decoder?.once('error', () => resolve({ kind: 'undecodable', encoding }));
    decoder?.once('end', () => resolve(null));
    response.on('data', (chunk: Buffer) => {
      last = performance.now();
      bytes += chunk.length;
      decoder?.write(chunk);
      if (bytes > BODY_BYTES) resolve(null);
    });
    response.once('end', () => (decoder === undefined || bytes === 0 ? resolve(null) : decoder.end()));
    response.once('close', () => {
      if (!response.complete) resolve({ kind: 'broken' });
    });
  });
}
