import { Client } from 'undici';
import { Failure, networkErrorReason } from '../../ports/failure.js';

/** An answer of Caddy's admin endpoint. */
export interface AdminAnswer {
  readonly status: number;
  readonly etag: string;
  readonly body: string;
}

/** A request to the admin endpoint. `ifMatch` is the ETag that Caddy must still have. */
export interface AdminCall {
  readonly method: 'GET' | 'PATCH' | 'POST';
  readonly path: string;
  readonly ifMatch?: string;
  readonly body?: unknown;
  /** Text of a Caddyfile, sent instead of `body`. */
  readonly caddyfile?: string;
}

/** A client of Caddy's admin endpoint. Each call ends within 4.5 s and throws `unavailable` when nothing answers. */
export interface AdminClient {
  /** Reads `path`. Tries four times when the connection breaks, since every write restarts the endpoint. */
  read(path: string): Promise<AdminAnswer>;
  /** Converts a Caddyfile to JSON without loading it. Retries as `read` does. */
  adapt(caddyfile: string): Promise<AdminAnswer>;
  /** Writes once, without a retry. `broken`: an established connection broke, so it is unknown if Caddy took the write. */
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

/** Creates a client for `unix//path`, `host:port` or `http://host:port`. It connects for each call, since writes close all connections. */
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
    hint: 'Start Caddy (embedded stack: hecate up), or set HECATE_CADDY_ADMIN to the address of its admin endpoint.',
    cause,
  });
}
