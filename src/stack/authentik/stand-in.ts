import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApi } from './api.js';
import { createAuditLog } from './audit.js';
import { createAuthorize, finishAuthorization } from './authorize.js';
import { createExpressions } from './expressions.js';
import type { Answer } from './exchange.js';
import { prepareCredentials } from './first-start.js';
import { createFlowExecutor } from './flow-executor.js';
import { createNotifier } from './notify.js';
import { createOutpost } from './outpost.js';
import { page } from './pages.js';
import { createPolicyEngine } from './policy-engine.js';
import { embeddedOutpost } from './seed.js';
import { createSignIn } from './sign-in.js';
import { openStore, type Store } from './store.js';

/** A call of the API and what was answered, for whoever holds both against the API's document. */
export type Exchange = {
  readonly method: string;
  /** Below /api/v3, with its query. */
  readonly path: string;
  readonly request: unknown;
  readonly status: number;
  readonly response: unknown;
};

export type StandInOptions = {
  /** Folder of its state and credentials. */
  readonly data: string;
  /** 0: any free one. */
  readonly port: number;
  /** The outpost takes up changes after this time; the real one needs 4 to 11 s. */
  readonly outpostDelayMs?: number;
  readonly onExchange?: (exchange: Exchange) => void;
  readonly log?: (line: string) => void;
};

/** Starts a stand-in for authentik on loopback. Its state is in `data`: it survives a restart and a kill. */
export async function startStandIn(options: StandInOptions) {
  const { data, log = () => undefined } = options;
  const store = openStore(data);
  prepareCredentials(store, data);
  const handle = createHandler(store, options);
  const server = createServer((request, response) => {
    handle(request)
      .catch((error: unknown) => {
        log(`a bug: ${error instanceof Error ? error.stack : String(error)}`);
        return page(500, 'A bug of the stand-in', '<p>See its log.</p>');
      })
      .then((answer) => send(store, response, answer))
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  nameHost(store, url);
  log(`a stand-in for authentik, for development only, listens at ${url}`);
  return {
    url,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function createHandler(store: Store, { outpostDelayMs = 0, onExchange, log = () => undefined }: StandInOptions) {
  const expressions = createExpressions({ log });
  const engine = createPolicyEngine({ store, expressions });
  const notifier = createNotifier({ store, engine, log });
  const audit = createAuditLog({ store, heard: notifier.heard });
  const api = createApi({ store, engine, expressions, notifier, audit });
  const executor = createFlowExecutor({ store, audit, finishAuthorization: finishAuthorization(store, audit) });
  const authorize = createAuthorize({ store, engine, executor });
  const outpost = createOutpost({ store, delayMs: outpostDelayMs });
  const signIn = createSignIn({ store, executor, authorize });
  return async (request: IncomingMessage): Promise<Answer> => {
    const base = `http://${request.headers.host ?? '127.0.0.1'}`;
    const { pathname: path, searchParams: query } = new URL(request.url ?? '/', base);
    const header = (name: string) => request.headers[name]?.toString();
    if (path.startsWith('/-/health/')) return { status: 200 };
    if (path.startsWith('/outpost.goauthentik.io/')) return outpost({ path, query, header, base });
    const body = await bodyOf(request);
    if (!path.startsWith('/api/v3/') || path.startsWith('/api/v3/flows/executor/')) {
      return signIn({ method: request.method ?? 'GET', path, query, header, body });
    }
    const call = { method: request.method ?? 'GET', path: path.slice('/api/v3'.length), query, body, base };
    const answer = await api({ ...call, agent: header('user-agent') ?? '' }, header('authorization'));
    const asked = `${call.path}${query.size > 0 ? `?${query.toString()}` : ''}`;
    onExchange?.({ method: call.method, path: asked, request: body, status: answer.status, response: answer.body });
    return answer;
  };
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  if (request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    return Object.fromEntries(new URLSearchParams(text));
  }
  try {
    const value = JSON.parse(text || '{}') as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** What was answered is on disk first. */
function send(store: Store, response: ServerResponse, { status, body, headers }: Answer): void {
  store.flush();
  const isText = typeof body === 'string';
  response.writeHead(status, {
    'x-hecate-stand-in': 'authentik',
    ...(body === undefined || isText ? {} : { 'content-type': 'application/json' }),
    ...(headers as Record<string, string>),
  });
  response.end(body === undefined ? '' : isText ? body : JSON.stringify(body));
}

/** Browsers find the sign-in pages where the stand-in listens now, unless somebody named another place. */
function nameHost(store: Store, url: string): void {
  const outpost = store.state.outposts.find(({ managed }) => managed === embeddedOutpost);
  const named = String(outpost?.config['authentik_host'] ?? '');
  if (!outpost || (named !== '' && !named.startsWith('http://127.0.0.1:'))) return;
  store.change('outposts', outpost, { config: { ...outpost.config, authentik_host: `${url}/` } });
  store.flush();
}
