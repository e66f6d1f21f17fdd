// Three small HTTP services for the quickstart. Prints their ports as one JSON line, then serves until the stack of
// HECATE_HOME is gone. Usage: node upstreams.mjs STATE_FILE SUPERVISOR_PID
import { createServer } from 'node:http';
import { readFileSync, writeFileSync } from 'node:fs';

const [stateFile, supervisor] = process.argv.slice(2);
const before = read();
const ports = {};

for (const name of ['shop', 'api', 'docs']) {
  ports[name] = await serve(name, before.ports?.[name] ?? 0);
}
writeFileSync(stateFile, JSON.stringify({ pid: process.pid, ports }), { mode: 0o600 });
setInterval(() => alive(Number(supervisor)) || process.exit(0), 2000);

function serve(name, port) {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        service: name,
        host: request.headers.host,
        path: request.url,
        servedBy: request.headers['x-served-by'] ?? null,
      }),
    );
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error) => (port === 0 ? reject(error) : resolve(serve(name, 0))));
    server.listen(port, '127.0.0.1', () => resolve(server.address().port));
  });
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function read() {
  try {
    return JSON.parse(readFileSync(stateFile, 'utf8'));
  } catch {
    return {};
  }
}
