import { mkdtempSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultConnections } from '../../../src/stack/load-connections.js';
import { knownParts, surroundingsOf } from '../../../src/worker/systems/own-servers.js';

const home = mkdtempSync(join(tmpdir(), 'hecate-known-'));
const connections = defaultConnections(home);

function servers(more: Partial<typeof connections> = {}) {
  return knownParts({ ...connections, ...more }).servers.map(({ name, host, port }) => `${name} ${host}:${port}`);
}

it('include the metrics of a worker that listens on every interface, under each name of its machine', async () => {
  const surroundings = surroundingsOf({ ...connections, worker: { ...connections.worker, metrics: '0.0.0.0:9464' } });
  const dials = [`${hostname()}:9464`, '127.0.0.1:9464', '127.0.0.1:9465'];
  const found = await surroundings.ownParts(dials);
  expect([...found].map(([dial, part]) => [dial, part === 'unknown' ? part : part.name])).toEqual(
    dials.slice(0, 2).map((dial) => [dial, "the metrics of Hecate's worker"]),
  );
});

describe('the parts of Hecate', () => {
  it('are the servers of the connections with their usual further ports', () => {
    expect(
      servers({
        temporal: { address: 'temporal:7233', namespace: 'default', ui: 'http://temporal-ui:8080' },
        nats: { ...connections.nats, url: 'nats://nats-1,nats://nats-2:4333' },
        vault: { ...connections.vault, address: 'https://vault.internal:8200' },
        authentik: { url: 'https://id.example.com', tokenFile: 'token', standIn: false },
        worker: { ...connections.worker, metrics: '0.0.0.0:9464' },
      }),
    ).toEqual([
      'Temporal temporal:7233',
      'the Web UI of Temporal temporal-ui:8080',
      'NATS nats-1:4222',
      'NATS nats-2:4333',
      'OpenBao vault.internal:8200',
      'the cluster port of OpenBao vault.internal:8201',
      "the metrics of Hecate's worker 0.0.0.0:9464",
      'the HTTP API of Temporal temporal:7243',
      'the monitoring of NATS nats-1:8222',
      'the cluster port of NATS nats-1:6222',
      'the monitoring of NATS nats-2:8222',
      'the cluster port of NATS nats-2:6222',
      'the metrics of authentik id.example.com:9300',
      'the debugger of authentik id.example.com:9900',
    ]);
  });

  it('are the ports that an embedded stack has chosen', () => {
    const ports = { temporal: 7233, temporalUi: 8233, nats: 4222, caddyHttp: 8080, caddyHttps: 8443 };
    const chosen = { ...ports, openbao: 8200, openbaoCluster: 12_345, authentik: 9000 };
    writeFileSync(join(home, 'ports.json'), JSON.stringify(chosen));
    expect(servers()).toEqual([
      'Temporal 127.0.0.1:7233',
      'NATS 127.0.0.1:4222',
      'OpenBao 127.0.0.1:8200',
      'the cluster port of OpenBao 127.0.0.1:12345',
    ]);
  });

  it('are the admin endpoint and both entrances of each Caddy, and not authentik', () => {
    const authentik = { url: 'http://127.0.0.1:9000', tokenFile: 'token', standIn: true };
    expect(knownParts({ ...connections, authentik })).toMatchObject({
      home,
      proxies: [
        {
          admin: `unix/${home}/caddy/admin.sock`,
          entrances: [
            { name: 'caddy', host: '127.0.0.1', port: 8080 },
            { name: 'caddy', host: '127.0.0.1', port: 8443 },
          ],
        },
      ],
      peers: [{ host: '127.0.0.1', port: 9000 }],
    });
  });
});
