// A Caddy without Hecate, for configurations as they were.
import { spawn } from 'node:child_process';
import { request } from 'node:http';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Starts it with its data in `folder`; `load` replaces what it serves and answers with its refusal, or null. */
export async function startOriginal(program, folder) {
  const socket = join(folder, 'admin.sock');
  const file = join(folder, 'empty.json');
  const own = { admin: { listen: `unix/${socket}` } };
  writeFileSync(file, JSON.stringify(own));
  const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  const child = spawn(program, ['run', '--config', file], { env, cwd: folder, stdio: 'ignore' });
  while (!existsSync(socket)) await sleep(50);
  // Caddy would ask for root to install its authority in the system.
  const pki = { certificate_authorities: { local: { install_trust: false } } };
  return {
    admin: own.admin.listen,
    load: (apps) => post(socket, { ...own, apps: { pki, ...apps } }),
    stop: () => child.kill('SIGKILL'),
  };
}

function post(socketPath, config) {
  const headers = { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method: 'POST', path: '/load', headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve(response.statusCode === 200 ? null : text));
    });
    sent.on('error', reject).end(JSON.stringify(config));
  });
}
