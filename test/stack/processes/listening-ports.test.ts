import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { homeLayout } from '../../../src/stack/home-layout.js';
import { listeningPorts } from '../../../src/stack/processes/listening-ports.js';
import { identify } from '../../../src/stack/processes/process-identity.js';

it('are those on which the recorded processes listen, Caddy left out', async () => {
  const layout = homeLayout(mkdtempSync(join(tmpdir(), 'hecate-ports-')));
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const record = (name: string) => {
    mkdirSync(layout.run, { recursive: true });
    writeFileSync(
      layout.processes,
      JSON.stringify({ supervisor: null, children: [{ ...identify(process.pid), name }] }),
    );
    return listeningPorts(layout);
  };
  // Other systems do not tell.
  if (platform() === 'linux') expect(record('nats')).toContainEqual({ component: 'nats', port });
  expect(record('caddy')).toEqual([]);
  server.close();
});
