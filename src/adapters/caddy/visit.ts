import http from 'node:http';
import net from 'node:net';
import tls from 'node:tls';
import { TRACE_HEADER } from '../../domain/caddy/trace.js';
import { OPERATION_HEADER, VISIT_HEADER } from '../../domain/caddy/visit.js';
import { Failure } from '../../ports/failure.js';
import type { Visit, VisitRequest } from '../../ports/proxy.js';
import { USER_AGENT } from './ask-upstream.js';

/** Usual longest wait, in milliseconds. */
const TIMEOUT_MS = 4_500;
/** A reload of Caddy breaks connections, so a broken one is tried again. */
const ATTEMPTS = 4;

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
    };
    const answer = await answerOn(socket, { path, method, headers });
    const timings = { connect, handshake: handshaken, answer: lap() };
    return { kind: 'answered', ...answer, untrusted: secure?.untrusted ?? null, timings };
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
): Promise<{ readonly status: number; readonly headers: Readonly<Record<string, string>> }> {
  return new Promise((resolve, reject) => {
    const sent = http.request({ createConnection: () => socket, ...asked });
    sent.once('response', (answer) => {
      answer.resume();
      const named = Object.entries(answer.headers).map(([name, value]) => [name, String(value)] as const);
      resolve({ status: answer.statusCode ?? 0, headers: Object.fromEntries(named) });
    });
    sent.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed before the answer')));
    sent.end();
  });
}
