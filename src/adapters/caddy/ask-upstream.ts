import http2 from 'node:http2';
import net from 'node:net';
import tls from 'node:tls';
import type { NoAnswer, UpstreamAnswer, UpstreamCheck } from '../../domain/serving/upstream-check.js';
import { BadAnswer, HEADER_BYTES, readAnswer } from './read-answer.js';
import { trustedBy } from './system-authorities.js';

/** Name of Hecate in requests to upstreams, for people who read their logs. */
export const USER_AGENT = 'hecate-check';

/** Most milliseconds until a TLS handshake shows that a plain port speaks TLS. */
const HANDSHAKE_MS = 1_000;
/** Most milliseconds and bytes of an answer's body that are waited for. */
const BODY_MS = 300;
const BODY_BYTES = 65_536;
/** Statuses with which servers answer plain HTTP on a TLS port. */
const WRONG_PROTOCOL = [400, 426, 497];

/**
 * Asks a server as Caddy would: TLS verified with the authorities of the system, HTTP/2 only when TLS agrees on it, one GET
 * request. Ends within the check's timeout. Never throws.
 */
export async function askUpstream(check: UpstreamCheck, { isLocal, authorities }: Place): Promise<UpstreamAnswer> {
  const target = targetOf(check.dial);
  if (target === null) return failed('name', `${check.dial} is not an address`);
  if (!isLocal && isOwn(target)) return failed('remote', 'its address is local to the proxy');
  const answer = await askOnce(check, target, authorities);
  const isUnreachable = answer.kind === 'failed' && ['refused', 'timeout', 'name', 'network'].includes(answer.cause);
  if (!isLocal && isUnreachable) return failed('remote', answer.detail);
  if (check.tls !== null || !mayBeTls(answer)) return answer;
  return (await speaksTls(target)) ? failed('tls-expected', 'it answers a TLS handshake') : answer;
}

/** Machine and trusted authorities of the proxy. */
export interface Place {
  /** False: the proxy runs on another machine, so whether it reaches a server is not known from here. */
  readonly isLocal: boolean;
  /** File with the authorities that the proxy trusts; null: those of the system. */
  readonly authorities: string | null;
}

type Target = { readonly path: string } | { readonly host: string; readonly port: number };

/** Returns where to connect to for `host:port`, `[v6]:port` or `unix//path`; null for any other text. */
export function targetOf(dial: string): Target | null {
  if (dial.startsWith('unix/')) return { path: dial.slice('unix/'.length) };
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(dial);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) return null;
  return { host: match[1] ?? match[2] ?? '', port };
}

/** True for addresses that mean the machine itself. */
function isOwn(target: Target): boolean {
  return 'path' in target || target.host === 'localhost' || /^(127\.|::1$|::ffff:127\.)/.test(target.host);
}

async function askOnce(check: UpstreamCheck, target: Target, authorities: string | null): Promise<UpstreamAnswer> {
  const cut = new AbortController();
  const timer = setTimeout(() => cut.abort(), check.timeoutMs);
  let socket: net.Socket | null = null;
  try {
    socket = await connected(target, cut.signal);
    if (check.tls !== null) {
      const name = check.tls.serverName ?? ('host' in target ? target.host : 'localhost');
      socket = await secured(socket, { name, secureContext: trustedBy(authorities) }, cut.signal);
    }
    const isHttp2 = socket instanceof tls.TLSSocket && socket.alpnProtocol === 'h2';
    const status = await (isHttp2 ? statusByHttp2 : statusByHttp1)(socket, check, cut.signal);
    return { kind: 'answered', status };
  } catch (error) {
    if (cut.signal.aborted && socket === null)
      return failed('network', `no connection within ${check.timeoutMs / 1_000} s`);
    if (cut.signal.aborted) return failed('timeout', `no answer within ${check.timeoutMs} ms`);
    if (error instanceof Unanswered) return failed(error.failure, error.message);
    if (error instanceof BadAnswer) return failed(error.kind, error.message);
    return failed('protocol', protocolText(error as NodeJS.ErrnoException));
  } finally {
    clearTimeout(timer);
    socket?.destroy();
  }
}

function failed(cause: NoAnswer, detail: string): UpstreamAnswer {
  return { kind: 'failed', cause, detail };
}

/** A step before the request failed. */
class Unanswered extends Error {
  constructor(
    readonly failure: NoAnswer,
    message: string,
  ) {
    super(message);
  }
}

function connected(target: Target, signal: AbortSignal): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(target);
    const stop = () => socket.destroy(new Unanswered('timeout', 'no connection in time'));
    signal.addEventListener('abort', stop, { once: true });
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      // Later errors are reported to whoever uses the socket then.
      socket.on('error', () => undefined);
      resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => reject(networkFailure(error)));
  });
}

function networkFailure(error: NodeJS.ErrnoException): Error {
  if (error instanceof Unanswered) return error;
  const { code = '' } = error;
  const causes: Readonly<Record<string, NoAnswer>> = {
    ECONNREFUSED: 'refused',
    ENOTFOUND: 'name',
    EAI_AGAIN: 'name',
    ETIMEDOUT: 'timeout',
  };
  return new Unanswered(causes[code] ?? 'network', error.message || code);
}

/** Verifies as Go does: by the system's authorities, and by subject alternative names only. Rejects with every problem found. */
function secured(
  socket: net.Socket,
  { name, secureContext }: { readonly name: string; readonly secureContext: tls.SecureContext },
  signal: AbortSignal,
): Promise<tls.TLSSocket> {
  return new Promise((resolve, reject) => {
    const secure = tls.connect({
      socket,
      ...(net.isIP(name) === 0 ? { servername: name } : {}),
      secureContext,
      ALPNProtocols: ['h2', 'http/1.1'],
      // Both are verified below, because a rejected handshake names the first problem only.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    });
    signal.addEventListener('abort', () => secure.destroy(new Error('no handshake in time')), { once: true });
    secure.once('secureConnect', () => {
      const problem = certificateProblem(secure, name);
      if (problem === null) resolve(secure);
      else reject(new Unanswered('tls', problem));
    });
    secure.on('error', (error: NodeJS.ErrnoException) => reject(new Unanswered('tls', tlsText(error))));
    secure.once('close', () => reject(new Unanswered('tls', 'it closes the connection during the handshake')));
  });
}

function protocolText({ code = '', message }: NodeJS.ErrnoException): string {
  return code === 'ECONNRESET' || code === 'EPIPE' ? 'it closes the connection without an answer' : message;
}

/** Most names of a certificate that a sentence has. */
const MOST_NAMES = 3;

/** Returns why Caddy does not accept the certificate of a server; null: it does. */
function certificateProblem(secure: tls.TLSSocket, name: string): string | null {
  const certificate = secure.getPeerCertificate();
  const chain = secure.authorized ? null : chainText(String(secure.authorizationError));
  const clauses = [chain, nameText(certificate, name)].filter((one) => one !== null);
  return clauses.length === 0 ? null : `its certificate ${clauses.join(', and ')}`;
}

function nameText(certificate: tls.PeerCertificate, name: string): string | null {
  const { subjectaltname } = certificate;
  if (subjectaltname === undefined) return 'has no subject alternative name';
  if (tls.checkServerIdentity(name, certificate) === undefined) return null;
  const names = subjectaltname.split(', ').map((one) => one.replace(/^(?:DNS|IP Address):/, ''));
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return `is for ${names.slice(0, MOST_NAMES).join(', ')}${more}, not for ${name}`;
}

/** Words for the errors of OpenSSL that people meet most. */
function chainText(code: string): string {
  switch (code) {
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return 'is self-signed';
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return 'is from an authority that this machine does not trust';
    case 'CERT_HAS_EXPIRED':
      return 'has expired';
    case 'CERT_NOT_YET_VALID':
      return 'is not valid yet';
    default:
      return `is not valid (${code})`;
  }
}

/** Words for the errors of a handshake that people meet most; others as OpenSSL words them. */
function tlsText({ code = '', message }: NodeJS.ErrnoException): string {
  const known: Readonly<Record<string, string>> = {
    ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
    ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS',
    ECONNRESET: 'it closes the connection during the handshake',
  };
  return known[code] ?? message;
}

async function statusByHttp1(socket: net.Socket, check: UpstreamCheck, signal: AbortSignal): Promise<number> {
  signal.addEventListener('abort', () => socket.destroy(new Error('no answer in time')), { once: true });
  socket.write(requestText(check));
  const answer = await readAnswer(socket);
  // A stream may go on for ever; a server that breaks off its answer does so soon.
  await new Promise<void>((resolve, reject) => {
    setTimeout(resolve, BODY_MS).unref();
    let bytes = 0;
    answer.untilEnd((more) => (bytes += more) > BODY_BYTES && resolve()).then(resolve, reject);
  });
  return answer.status;
}

/** Paths, names and values are valid as they are: manifests and flags take no others. */
function requestText({ host, path, headers }: UpstreamCheck): string {
  const own = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  const all = { 'user-agent': USER_AGENT, ...Object.fromEntries(own), host, connection: 'close' };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return [`GET ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n');
}

function statusByHttp2(socket: net.Socket, check: UpstreamCheck, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const session = http2.connect(`https://${check.host}`, {
      createConnection: () => socket,
      settings: { maxHeaderListSize: HEADER_BYTES },
      maxHeaderListPairs: HEADER_BYTES / 32,
    });
    session.on('error', reject);
    const { host, path, headers } = check;
    const asked = { ':method': 'GET', ':path': path, ':authority': host, 'user-agent': USER_AGENT, ...headers };
    const stream = session.request(asked, { signal });
    stream.once('response', (answer) => {
      resolve(Number(answer[':status'] ?? 0));
      session.destroy();
    });
    stream.on('error', reject);
    stream.end();
  });
}

/** True for answers that a TLS port gives to plain HTTP. */
function mayBeTls(answer: UpstreamAnswer): boolean {
  return answer.kind === 'answered' ? WRONG_PROTOCOL.includes(answer.status) : answer.cause === 'protocol';
}

function speaksTls(target: Target): Promise<boolean> {
  return new Promise((resolve) => {
    const secure = tls.connect({ ...target, rejectUnauthorized: false, timeout: HANDSHAKE_MS });
    const settle = (speaks: boolean) => {
      secure.destroy();
      resolve(speaks);
    };
    secure.once('secureConnect', () => settle(true));
    secure.once('timeout', () => settle(false));
    // A server that demands a client certificate or another name has answered in TLS too.
    secure.on('error', ({ code = '' }: NodeJS.ErrnoException) => settle(/^ERR_SSL_.*ALERT/.test(code)));
  });
}
