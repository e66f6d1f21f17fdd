import { afterEach, beforeEach, expect, it } from 'vitest';
import { createConverger } from '../../../src/activities/proxies/converger.js';
import { createSecretResolver } from '../../../src/activities/secrets/resolved-secrets.js';
import { createEventLog } from '../../../src/adapters/log/index.js';
import { createMemoryProxy } from '../../../src/adapters/memory/proxy.js';
import { all } from '../../../src/domain/log/state.js';
import { draft } from '../../builders/log.js';
import { startNats, type NatsServer } from '../../contracts/nats-server.js';

let nats: NatsServer;
let log: Awaited<ReturnType<typeof createEventLog>>;

beforeEach(async () => {
  nats = await startNats();
  log = await createEventLog({ url: nats.url, seedFile: null, onWarning: () => undefined });
});
afterEach(async () => {
  await log.close();
  nats.stop();
});

it.each([
  { ids: ['bad-1'] },
  { ids: ['bad-1', 'good-1', 'bad-2'] },
  { ids: ['bad-1', 'good-1', 'bad-2', 'good-2', 'bad-3', 'good-3'] },
  { ids: ['good-1', 'good-2', 'bad-1', 'bad-2', 'good-3', 'good-4', 'bad-3', 'bad-4', 'good-5'] },
])('takes back exactly the commits that a proxy refuses: $ids', async ({ ids }) => {
  for (const id of ids) await log.append(draft(id), (await log.view()).state.head);
  const proxy = createMemoryProxy({
    refuses: (document) => (JSON.stringify(document.server).includes('bad-') ? 'it is bad' : null),
  });
  const settings = { httpPort: 1, httpsPort: 2 };
  const now = () => '2026-01-01T00:00:00.000Z';
  const converger = createConverger({
    log,
    proxies: [{ proxy, settings }],
    now,
    approaching: () => 0,
    secretResolver: createSecretResolver(null),
    sha256: (text) => text,
  });
  expect(await converger.convergeHead()).toEqual({ behind: [], refusing: [] });
  const { state } = await log.view();
  const kept = ids.filter((id) => id.startsWith('good'));
  expect(all(state, 'Route').map(({ name }) => name)).toEqual(kept.map((id) => `${id}.example.com`));
  expect((await proxy.served())?.sequence).toBe(state.head?.sequence);
});
