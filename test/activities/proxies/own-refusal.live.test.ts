import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createConverger } from '../../../src/activities/proxies/converger.js';
import { createSecretResolver } from '../../../src/activities/secrets/resolved-secrets.js';
import type { EventLog } from '../../../src/ports/event-log.js';
import { createHistory } from '../../builders/history.js';
import { route, routeChange } from '../../builders/log.js';
import { caddyBinary } from '../../contracts/proxy-binary.js';
import { ask, eventually, freePort, startCaddy, type TestCaddy } from '../../contracts/proxy-caddy.js';

let caddies: readonly [TestCaddy, TestCaddy];
let squatter: Server | null = null;

beforeEach(async () => {
  const binary = await caddyBinary();
  caddies = [await startCaddy(binary), await startCaddy(binary)];
});
afterEach(async () => {
  squatter?.close();
  squatter = null;
  await Promise.all(caddies.map((caddy) => caddy.stop()));
});

/** Creates a route in the log and converges both Caddys. */
async function convergeBoth() {
  const history = createHistory();
  const { position } = history.commit('a', [routeChange(null, route('a.example.com'))], { open: true });
  const converger = createConverger({
    log: history.reader as EventLog,
    proxies: caddies.map(({ proxy, httpPort, httpsPort }, index) => ({
      proxy: { ...proxy, name: `caddy-${index + 1}` },
      settings: { httpPort, httpsPort },
    })),
    now: () => history.now(),
    approaching: () => 0,
    secretResolver: createSecretResolver(null),
    sha256: (text) => text,
  });
  return { converger, converged: await converger.converge('a', position), position, history };
}

it.each([
  [
    'another program has its port',
    'address already in use',
    async ({ httpPort }: TestCaddy) => {
      squatter = createServer().listen(httpPort);
      await once(squatter, 'listening');
    },
  ],
  [
    'servers of others use other ports',
    'share http_port',
    async (caddy: TestCaddy) => {
      const port = await freePort();
      const theirs = { listen: [`:${port}`], routes: [] };
      await caddy.admin('POST', '/config/apps', { http: { http_port: port, servers: { theirs } } });
    },
  ],
])('a Caddy refuses because %s: the other one serves the commit', async (_, reason, occupy) => {
  await occupy(caddies[1]);
  const { converger, converged, position, history } = await convergeBoth();
  const message = expect.stringContaining(reason) as string;
  expect(converged).toEqual({ kind: 'live', behind: [], refusing: [{ proxy: 'caddy-2', message }] });
  // The upstream does not run, so the proxy answers 502; without the route it would answer 404.
  await eventually(async () => (await ask(caddies[0].http, 'a.example.com')).status === 502);
  history.end('a', 'undone');
  expect(await converger.convergeUndo(position.sequence)).toMatchObject({ kind: 'undone' });
});
