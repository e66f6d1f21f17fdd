import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WebAnswer, WebRequest } from './web.js';
import { readRequest } from './web-request.js';

type Options = {
  port: number;
  answer: (request: WebRequest) => Promise<WebAnswer>;
  /** Writes all changes to disk; called before each answer. */
  flush: () => void;
  log: (line: string) => void;
};

/** Loopback only, since the stand-in has no TLS and little protection. */
const address = '127.0.0.1';

/** Starts an HTTP server on 127.0.0.1; port 0 chooses a free one. */
export async function listen(options: Options): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, address, resolve);
  });
  const url = `http://${address}:${(server.address() as AddressInfo).port}`;
  server.on('request', (incoming, response) => {
    readRequest(incoming, url)
      .then(options.answer)
      .then((answer) => {
        options.flush();
        send(response, answer);
      })
      .catch((cause: unknown) => {
        options.log(`${incoming.method} ${incoming.url?.split('?')[0]} failed: ${String((cause as Error).stack)}`);
        send(response, { status: 500, body: { detail: 'the stand-in failed; its log says why' } });
      });
  });
  return { url, close: () => closed(server) };
}

function send(response: ServerResponse, { status, html, body, headers }: WebAnswer): void {
  response.statusCode = status;
  response.setHeader('X-Hecate-Stand-In', 'authentik');
  for (const [name, value] of Object.entries(headers ?? {})) {
    response.setHeader(name, typeof value === 'string' ? value : [...value]);
  }
  if (html !== undefined) return void response.setHeader('content-type', 'text/html; charset=utf-8').end(html);
  if (body === undefined) return void response.end();
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
}

async function closed(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
