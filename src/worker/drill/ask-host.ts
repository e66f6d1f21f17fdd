import { createHash } from 'node:crypto';
import http from 'node:http';
import net from 'node:net';
import tls from 'node:tls';
import { USER_AGENT } from '../../adapters/caddy/ask-upstream.js';
import { BROWSER_HEADER_BYTES, readable } from '../../adapters/caddy/visit.js';
import type { HostAnswer } from '../../domain/backup/drill.js';
import { VISIT_HEADER } from '../../domain/caddy/visits/visit.js';

/** Addresses of a proxy as visitors use them: base URLs. */
export interface Entrances {
  readonly http: string;
  readonly https: string;
}

const TIMEOUT_MS = 5_000;
/** A reload of Caddy breaks connections, so a broken one is tried again. */
const ATTEMPTS = 4;
const MOST_BODY_BYTES = 65_536;
/** Time for the body once the headers are there: some pages never end. */
const BODY_MS = 1_000;

/**
 * Asks a proxy for `/` of an exact host, as a visitor would, and returns what a drill compares. Follows no redirect. Marked with
 * the log's id, so that it counts in no figure. Never throws.
 */
export async function askHost(
  entrances: Entrances,
  { scheme, host }: { readonly scheme: 'http' | 'https'; readonly host: string },
  mark: string,
): Promise<HostAnswer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(new URL(entrances[scheme]), { scheme, host }, mark);
    } catch (error) {
      if (attempt === ATTEMPTS) return { problem: `no answer: ${(error as Error).message}`.slice(0, 500) };
      await new Promise((resolve) => setTimeout(resolve, 25 * attempt));
    }
  }
}

async function once(
  base: URL,
  { scheme, host }: { readonly scheme: 'http' | 'https'; readonly host: string },
  mark: string,
): Promise<HostAnswer> {
  const deadline = AbortSignal.timeout(TIMEOUT_MS);
  const plain = net.connect({
    host: base.hostname.replace(/^\[|\]$/g, ''),
    port: Number(base.port) || usualPort(scheme),
  });
  deadline.addEventListener('abort', () => plain.destroy(new Error(`none within ${TIMEOUT_MS / 1_000} s`)), {
    once: true,
  });
  try {
    const secure = scheme === 'https' ? await handshake(plain, host) : null;
    if (secure === 'refused') return { problem: 'the TLS handshake was refused' };
    return await answerOn(secure ?? plain, host, mark);
  } finally {
    plain.destroy();
  }
}

function handshake(plain: net.Socket, host: string): Promise<tls.TLSSocket | 'refused'> {
  return new Promise((resolve, reject) => {
    plain.once('error', reject);
    const secure = tls.connect({
      socket: plain,
      servername: host,
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
    });
    secure.once('secureConnect', () => resolve(secure.on('error', () => undefined)));
    secure.once('error', (error: NodeJS.ErrnoException) =>
      // An error with `syscall` is a broken connection; others come from TLS.
      error.syscall === undefined && error.code !== 'ECONNRESET' ? resolve('refused') : reject(error),
    );
    secure.once('close', () => reject(new Error('the connection was closed during the handshake')));
  });
}

function answerOn(socket: net.Socket, host: string, mark: string): Promise<HostAnswer> {
  return new Promise((resolve, reject) => {
    const headers = { host, 'user-agent': USER_AGENT, [VISIT_HEADER]: mark, connection: 'close' };
    const limits = { maxHeaderSize: BROWSER_HEADER_BYTES };
    const sent = http.request({ createConnection: () => socket, path: '/', headers, ...limits });
    sent.once('error', (error) => reject(readable(error)));
    socket.once('close', () => reject(new Error('the connection was closed before the answer')));
    sent.once('response', (answer) => {
      const hash = createHash('sha256');
      let bytes = 0;
      const done = () => resolve(answerOf(answer, socket, { host, body: hash.digest('hex') }));
      const timer = setTimeout(() => answer.destroy(), BODY_MS);
      answer.on('data', (chunk: Buffer) => {
        hash.update(chunk.subarray(0, MOST_BODY_BYTES - bytes));
        bytes += chunk.length;
        if (bytes >= MOST_BODY_BYTES) answer.destroy();
      });
      answer.on('error', () => undefined);
      answer.once('close', () => {
        clearTimeout(timer);
        done();
      });
    });
    sent.end();
  });
}

function answerOf(
  { statusCode = 0, headers }: http.IncomingMessage,
  socket: net.Socket,
  { host, body }: { readonly host: string; readonly body: string },
): HostAnswer {
  const target = headers.location === undefined ? null : withoutQuery(headers.location, host);
  const isPassword = statusCode === 401 && headers['www-authenticate'] !== undefined;
  return {
    status: statusCode,
    location: target,
    asksSignIn: isPassword || (target !== null && /\/outpost\.goauthentik\.io\/|\/application\/o\//.test(target)),
    contentType: headers['content-type']?.split(';')[0]?.trim().toLowerCase().slice(0, 200) ?? null,
    certificate: socket instanceof tls.TLSSocket ? certificateOf(socket) : null,
    body,
  };
}

/** A sign-in has a new random value in its query each time. */
function withoutQuery(location: string, host: string): string {
  if (!URL.canParse(location, `http://${host}`)) return location.slice(0, 2_000);
  const { origin, pathname } = new URL(location, `http://${host}`);
  return `${origin}${pathname}`.slice(0, 2_000);
}

function certificateOf(socket: tls.TLSSocket) {
  const { subject, subjectaltname = '', issuer } = socket.getPeerCertificate();
  return {
    subject: String(subject?.CN ?? '').slice(0, 300),
    names: subjectaltname.slice(0, 8_000),
    issuer: String(issuer?.CN ?? issuer?.O ?? '').slice(0, 300),
  };
}

function usualPort(scheme: 'http' | 'https'): number {
  return scheme === 'https' ? 443 : 80;
}
