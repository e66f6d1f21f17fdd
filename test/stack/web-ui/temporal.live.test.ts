import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePrivateFolder, writeJson } from '../../../src/adapters/files/private-files.js';
import { temporalComponent } from '../../../src/stack/components/temporal.js';
import { homeLayout } from '../../../src/stack/home-layout.js';
import { defaultConnections } from '../../../src/stack/load-connections.js';
import { listeningPorts } from '../../../src/stack/processes/listening-ports.js';
import { endProcess } from '../../../src/stack/processes/process-identity.js';
import { spawnComponent, type ComponentProcess } from '../../../src/stack/processes/spawn-component.js';
import { ensureServer } from '../../../src/stack/servers/ensure-server.js';
import type { StackSettings } from '../../../src/stack/settings/stack-settings.js';
import { openDoor } from '../../../src/stack/web-ui/door.js';
import { uiAddress } from '../../../src/stack/web-ui/ui-address.js';
import { freePort } from '../../contracts/nats-server.js';
import { eventually } from '../../contracts/proxy-caddy.js';

const layout = homeLayout(mkdtempSync(join(tmpdir(), 'hecate-temporal-')));
let ports: { readonly temporal: number; readonly temporalUi: number };
let server: ComponentProcess;
let door: ReturnType<typeof openDoor>;

beforeAll(async () => {
  ports = { temporal: await freePort(), temporalUi: await freePort() };
  const path = await ensureServer('temporal', process.env);
  const component = temporalComponent({
    ...{ home: layout.home, ports, programs: { temporal: { path, version: '' } } },
    connections: defaultConnections(layout.home),
  } as unknown as StackSettings);
  for (const folder of [layout.run, layout.logs]) makePrivateFolder(folder);
  await component.prepare();
  server = spawnComponent(component, layout.log('temporal'));
  const { identity } = server;
  writeJson(layout.processes, { supervisor: null, children: [{ name: 'temporal', ...identity }] });
  await eventually(() => component.check(identity?.pid ?? 0).then(() => true, () => false)); // prettier-ignore
  door = openDoor(layout, ports.temporalUi, (line) => expect.fail(line));
});
afterAll(async () => {
  door.close();
  if (server.identity) await endProcess(server.identity, 10_000);
  rmSync(layout.home, { recursive: true, force: true });
});

interface Asked {
  readonly host?: string;
  readonly port: number;
  readonly path: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** The status of an answer; 0: the connection ended without one. */
function ask({ host = '127.0.0.1', body, ...rest }: Asked): Promise<number> {
  return new Promise((resolve) => {
    const sent = request({ host, ...rest, timeout: 2_000 }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode ?? 0));
    });
    sent.on('error', () => resolve(0));
    sent.on('timeout', () => sent.destroy());
    sent.end(body);
  });
}

const NAMESPACE = '/api/v1/namespaces/default';
const hosts = ['127.0.0.1', 'localhost', 'evil.example', '', ' ', '*', 'hecate'];

describe('the embedded Temporal', () => {
  it('starts nothing for a request to its HTTP API, whatever host and origin it names', async () => {
    const listening = listeningPorts(layout).map(({ port }) => port);
    expect(listening).toContain(ports.temporal);
    const inner = uiAddress(layout)?.port;
    const start = { path: `${NAMESPACE}/workflows/forged`, method: 'POST', body: '{"workflowType":{"name":"operation"},"taskQueue":{"name":"q"}}' }; // prettier-ignore
    let answered = 0;
    for (const port of listening.filter((one) => one !== inner)) {
      for (const host of hosts) {
        for (const origin of [undefined, 'http://evil.example', `http://127.0.0.1:${port}`]) {
          const headers = { host, 'content-type': 'text/plain', ...(origin === undefined ? {} : { origin }) };
          const statuses = [
            await ask({ port, ...start, headers }),
            await ask({ port, path: NAMESPACE, headers }),
            await ask({ port, path: '/namespaces/default/workflows', headers }),
          ];
          for (const status of statuses) expect([0, 400, 403, 404], `${port} ${host}`).toContain(status);
          if (statuses[0] === 403) answered += 1;
        }
      }
    }
    // The HTTP API is there, and refused.
    expect(answered).toBeGreaterThan(0);
    expect(await ask({ port: ports.temporalUi, path: `${NAMESPACE}/workflows/forged` })).toBe(404);
  });

  it('shows its Web UI to a person of this machine, through the door only', async () => {
    const { port } = uiAddress(layout) ?? { port: 0 };
    expect(await ask({ port: ports.temporalUi, path: NAMESPACE })).toBe(200);
    expect(await ask({ port: ports.temporalUi, path: '/namespaces/default/workflows' })).toBe(200);
    expect(await ask({ port, path: NAMESPACE })).toBe(process.platform === 'linux' ? 0 : 200);
    for (const host of ['evil.example', `evil.example:${ports.temporalUi}`, '0.0.0.0'])
      expect(await ask({ port: ports.temporalUi, path: NAMESPACE, headers: { host } })).toBe(403);
    const forged = { port: ports.temporalUi, path: `${NAMESPACE}/workflows/forged`, method: 'POST', body: '{}' };
    for (const headers of [{ origin: 'http://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }])
      expect(await ask({ ...forged, headers: { 'content-type': 'text/plain', ...headers } })).toBe(403);
  });
});
