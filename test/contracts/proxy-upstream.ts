import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';

/** An upstream of a test's own. */
export interface TestUpstream {
  readonly port: number;
  stop(): Promise<void>;
}

/** Answers with the headers it received, as JSON, and echoes over WebSockets. */
export async function startUpstream(): Promise<TestUpstream> {
  const server = createServer(echo);
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => socket.on('message', (data: Buffer) => socket.send(data.toString())));
  return listen(server);
}

/** As {@link startUpstream}, over TLS with a self-signed certificate, left in `folder/cert.pem`. */
export async function startTlsUpstream(folder: string): Promise<TestUpstream> {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...subject], {
    stdio: 'ignore',
  });
  return listen(createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, echo));
}

function echo(request: IncomingMessage, response: ServerResponse): void {
  response.end(JSON.stringify(request.headers));
}

async function listen(server: Server): Promise<TestUpstream> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const stop = async () => {
    server.close();
    server.closeAllConnections();
  };
  return { port, stop };
}

/** An upstream that is one side of a canary, and the truth about what it answered. */
export interface TestSide {
  readonly address: string;
  /** Requests that it got since it was started, by the status that it answered. */
  readonly answered: ReadonlyMap<number, number>;
  stop(): Promise<void>;
}

/** Answers its name; `/<status>` with that status, `?after=<ms>` as late. */
export async function startSide(name: string): Promise<TestSide> {
  const answered = new Map<number, number>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://side');
    const status = Number(url.pathname.slice(1)) || 200;
    answered.set(status, (answered.get(status) ?? 0) + 1);
    response.statusCode = status;
    setTimeout(() => response.end(name), Number(url.searchParams.get('after') ?? 0));
  });
  const listening = await listen(server);
  return { address: `127.0.0.1:${listening.port}`, answered, stop: () => listening.stop() };
}
