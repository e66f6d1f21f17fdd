import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { text } from 'node:stream/consumers';
import { request, type Dispatcher } from 'undici';
import { compile, type ProxySettings } from '../../src/domain/caddy/document.js';
import { noSecrets, type ResolvedSecrets } from '../../src/domain/middleware/resolved-secrets.js';
import { middlewareList } from '../../src/domain/middleware/list.js';
import { plainRoute, type Route } from '../../src/domain/resources/route.js';
import { poolOf } from '../../src/domain/serving/pool.js';
import { emptyState } from '../../src/domain/log/state.js';
import type { WriteResult } from '../../src/ports/proxy.js';
import { served } from '../builders/served.js';
import { caddyBinary } from './proxy-binary.js';
import { unlessReset } from '../builders/unless-reset.js';
import { startCaddy } from './proxy-caddy.js';
import { hashOf } from './proxy-documents.js';

/** What the upstream received. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer as a visitor gets it; `received` is null when it did not come from the upstream. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  readonly bytes: Buffer;
  readonly received: Received | null;
}

/** A real Caddy with one route, an upstream that tells what it received, and an outpost that knows a cookie. */
export interface MiddlewareLab {
  /** Serves `app.example.com` with this middleware. */
  serve(middleware: readonly string[], more?: Partial<Route>, materials?: ResolvedSecrets): Promise<void>;
  /** What Caddy answers to a configuration with this middleware. */
  write(middleware: readonly string[], more?: Partial<Route>, materials?: ResolvedSecrets): Promise<WriteResult>;
  /** A visitor's request. */
  ask(path?: string, options?: AskOptions): Promise<Answer>;
  /** Headers of the questions that the outpost was asked. */
  readonly asked: Readonly<Record<string, unknown>>[];
  /** Where Caddy serves plain HTTP, on every address of this machine. */
  readonly http: string;
  readonly https: string;
  /** Folder of Caddy, with its access log. */
  readonly folder: string;
  /** What Caddy has reported. */
  caddyLog(): string;
  /** Whether Caddy can limit rates. */
  readonly limitsRates: boolean;
  stop(): Promise<void>;
}

type AskOptions = Partial<Pick<Dispatcher.RequestOptions, 'method' | 'headers' | 'body'>>;

/** Whom the outpost lets through. */
export const SIGNED_IN = { cookie: 'signed-in=yes' };
export const DOMAIN = 'app.example.com';

/** Starts the three of them on free ports. */
export async function startMiddlewareLab(
  more: Partial<Pick<ProxySettings, 'trustedProxies' | 'publicHttpsPort'>> = {},
): Promise<MiddlewareLab> {
  const asked: Record<string, unknown>[] = [];
  const caddy = await startCaddy(await caddyBinary());
  const upstream = await listening(tell);
  const outpost = await listening((incoming, response) => {
    asked.push(incoming.headers);
    const knows = incoming.headers.cookie?.includes(SIGNED_IN.cookie);
    response.writeHead(knows ? 200 : 302, knows ? { 'x-authentik-username': 'ada' } : { location: '/sign-in' }).end();
  });
  const settings = {
    httpPort: caddy.httpPort,
    httpsPort: caddy.httpsPort,
    outpost: { dial: `127.0.0.1:${outpost.port}`, tlsServerName: null },
    ...more,
  };
  let sequence = 0;
  const write: MiddlewareLab['write'] = async (middleware, more = {}, materials = noSecrets) => {
    const route = { ...plainRoute(DOMAIN, `127.0.0.1:${upstream.port}`), ...more };
    const backup = route.backupUpstream === null ? null : poolOf(emptyState, route.backupUpstream);
    const one = served({ ...route, middleware: middlewareList.parse(middleware) }, ++sequence, { backup });
    const generation = { logId: 'test-log', sequence, hash: hashOf(sequence) };
    const { guard } = await caddy.proxy.current();
    return caddy.proxy.write(compile([one], settings, generation, { secrets: materials }), guard);
  };
  return {
    asked,
    http: caddy.http,
    https: caddy.https,
    folder: caddy.folder,
    caddyLog: () => readFileSync(`${caddy.folder}/caddy.log`, 'utf8'),
    limitsRates: await caddy.proxy.hasModule('http.handlers.rate_limit'),
    write,
    async serve(...given) {
      const result = await write(...given);
      if (result.kind !== 'written') throw new Error(JSON.stringify(result));
    },
    async ask(path = '/', options = {}) {
      const headers = { host: DOMAIN, ...(options.headers as Record<string, string>) };
      return unlessReset(async () => {
        const answer = await request(caddy.http + path, { method: 'GET', ...options, headers, reset: true });
        const bytes = Buffer.from(await answer.body.arrayBuffer());
        const body = bytes.toString();
        return { status: answer.statusCode, headers: answer.headers, body, bytes, received: receivedOf(body) };
      });
    },
    async stop() {
      await Promise.all([caddy.stop(), upstream.stop(), outpost.stop()]);
    },
  };
}

/** Tells what it received, long enough to be worth compressing, with headers that middleware must deal with. */
const tell: RequestListener = (incoming: IncomingMessage, response) => {
  void text(incoming).then(
    (body) => {
      const { method, url, headers } = incoming;
      response.writeHead(200, {
        'content-type': 'application/json',
        'x-powered-by': 'upstream',
        'x-request-id': 'from-upstream',
        'access-control-allow-origin': 'https://upstream.example',
        vary: 'Accept',
        ...(url === '/hsts' ? { 'strict-transport-security': 'max-age=60' } : {}),
      });
      if (url === '/breaks-off') response.write('begun', () => response.destroy());
      else
        response.end(JSON.stringify({ method, url, headers, body: body.slice(0, 100), filler: 'long '.repeat(400) }));
    },
    () => response.destroy(),
  );
};

function receivedOf(body: string): Received | null {
  try {
    const told = JSON.parse(body) as Partial<Received>;
    return told.url === undefined ? null : (told as Received);
  } catch {
    return null;
  }
}

async function listening(listener: RequestListener): Promise<{ port: number; stop(): Promise<void> }> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const stop = async () => {
    server.close();
    server.closeAllConnections();
  };
  return { port, stop };
}

/** Accounts as they come from Vault; several values while the secret is rotated. */
export function accounts(secret: string, ...hashes: readonly Record<string, string>[]): ResolvedSecrets {
  return { ...noSecrets, values: new Map([[secret, hashes]]) };
}
