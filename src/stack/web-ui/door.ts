import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import type { HomeLayout } from '../home-layout.js';
import { refusalOf } from './request-rules.js';
import { uiAddress } from './ui-address.js';

const AGAIN_MS = 2_000;
const NOT_STARTED = 'the Web UI has not started yet';

/**
 * Opens the door to Temporal's Web UI on a port of loopback: passes on what a person of this machine asks for, and refuses
 * what pages of other sites send. Tries again while the port is taken, as by the Web UI of a Temporal that an older version
 * started. `close` ends it.
 */
export function openDoor(layout: HomeLayout, port: number, note: (line: string) => void): { close(): void } {
  let server: Server | null = null;
  let timer: NodeJS.Timeout | null = null;
  let lastProblem = '';
  const open = () => {
    const one = createServer((request, response) => answer(layout, request, response));
    one.on('upgrade', (_request, socket: Socket) => socket.destroy());
    one.on('error', (error: NodeJS.ErrnoException) => {
      if (error.message !== lastProblem) note(`the door to the Web UI is not open: ${error.message}`);
      lastProblem = error.message;
      timer = setTimeout(open, AGAIN_MS).unref();
    });
    one.listen({ host: '127.0.0.1', port });
    server = one;
  };
  open();
  return {
    close() {
      if (timer !== null) clearTimeout(timer);
      server?.close();
      server?.closeAllConnections();
    },
  };
}

function answer(layout: HomeLayout, request: IncomingMessage, response: ServerResponse): void {
  const refusal = refusalOf(request);
  if (refusal !== null) return end(response, 403, refusal);
  const address = uiAddress(layout);
  if (request.url === '/healthz')
    return end(response, address === null ? 503 : 200, address === null ? NOT_STARTED : 'ok');
  // The door counts nothing: what happens behind it is in the metrics of the worker and of Temporal's SDK.
  if (request.url === '/metrics')
    return end(response, 404, 'the metrics are at the address that `hecate status` prints');
  if (address === null) return end(response, 503, NOT_STARTED);
  const { method, url: path, headers } = request;
  const inner = httpRequest({ ...address, method, path, headers }, (from) => {
    response.writeHead(from.statusCode ?? 502, from.rawHeaders);
    from.pipe(response);
    from.on('error', () => response.destroy());
  });
  inner.on('error', () =>
    response.headersSent ? response.destroy() : end(response, 502, 'the Web UI does not answer'),
  );
  response.on('close', () => inner.destroy());
  request.pipe(inner);
}

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
  response.end(`${text}\n`);
}
