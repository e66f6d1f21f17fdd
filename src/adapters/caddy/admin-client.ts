import { Client } from 'undici';
import { Failure, networkErrorReason } from '../../ports/failure.js';

/** What Caddy's admin endpoint answered. */
export interface AdminAnswer {
  readonly status: number;
  readonly etag: string;
  readonly body: string;
}

/** What is asked of the admin endpoint. */
export interface AdminCall {
  readonly method: 'GET' | 'PATCH' | 'POST';
  readonly path: string;
  readonly ifMatch?: string;
  readonly body?: unknown;
  /** Instead of a body: the text of a Caddyfile. */
  readonly caddyfile?: string;
}

/** Caddy's admin endpoint. */
export interface AdminClient {
  /** Reads; tried again when the connection breaks, since every write restarts the endpoint. */
  read(path: string): Promise<AdminAnswer>;
  /** Turns a Caddyfile into JSON and loads nothing; tried again as a read is. */
  adapt(caddyfile: string): Promise<AdminAnswer>;
  /** Writes once. `broken`: the connection broke after it was made, so the outcome is unknown. */
  write(call: AdminCall): Promise<AdminAnswer | 'broken'>;
}

const TIMEOUT_MS = 4_500;
const READ_ATTEMPTS = 4;
const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOENT',
  'EACCES',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** A client for `unix//path`, `host:port` or `http://host:port`. One connection per call: writes close them all. */
export function createAdminClient(name: string, address: string): AdminClient {
  const system = `${name} at ${address}`;
  const deadline = () => AbortSignal.timeout(TIMEOUT_MS);
  const again = async (request: AdminCall) => {
    const signal = deadline();
    for (let attempt = 1; ; attempt++) {
      try {
        return await call(address, request, signal);
      } catch (cause) {
        if (attempt === READ_ATTEMPTS || signal.aborted) throw unavailable(system, cause);
        await new Promise((resolve) => setTimeout(resolve, 25 * attempt));
      }
    }
  };
  return {
    read: (path) => again({ method: 'GET', path }),
    adapt: (caddyfile) => again({ method: 'POST', path: '/adapt', caddyfile }),
    async write(request) {
      try {
        return await call(address, request, deadline());
      } catch (cause) {
        if (NEVER_CONNECTED.has(codeOf(cause))) throw unavailable(system, cause);
        return 'broken';
      }
    },
  };
}

async function call(address: string, request: AdminCall, signal: AbortSignal): Promise<AdminAnswer> {
  const client = clientFor(address);
  try {
    const answer = await client.request({
      method: request.method,
      path: request.path,
      signal,
      reset: true,
      headers: {
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(request.caddyfile === undefined ? {} : { 'content-type': 'text/caddyfile' }),
        ...(request.ifMatch === undefined ? {} : { 'if-match': request.ifMatch }),
      },
      body: request.caddyfile ?? (request.body === undefined ? null : JSON.stringify(request.body)),
    });
    const etag = answer.headers['etag'] ?? answer.trailers['etag'];
    const body = await answer.body.text();
    return { status: answer.statusCode, etag: String(etag ?? answer.trailers['etag'] ?? ''), body };
  } finally {
    await client.destroy();
  }
}

function clientFor(address: string): Client {
  const options = { connectTimeout: 2_000 };
  if (address.startsWith('unix/')) {
    return new Client('http://localhost', { ...options, socketPath: address.slice('unix/'.length) });
  }
  return new Client(address.includes('://') ? address : `http://${address}`, options);
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? '';
}

function unavailable(system: string, cause: unknown): Failure {
  return new Failure('unavailable', `${system} does not answer (${networkErrorReason(cause)})`, {
    system,
    hint: 'Start Caddy, or point HECATE_CADDY_ADMIN at its admin endpoint.',
    cause,
  });
}
