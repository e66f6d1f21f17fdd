import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createConverger } from '../../../src/activities/proxies/converger.js';
import { createSecretResolver } from '../../../src/activities/secrets/resolved-secrets.js';
import { createEventLog } from '../../../src/adapters/log/index.js';
import { createMemoryProxy, type MemoryProxy } from '../../../src/adapters/memory/proxy.js';
import { createMemorySecrets, type MemorySecrets } from '../../../src/adapters/memory/secrets.js';
import { usualTls } from '../../../src/domain/resources/tls.js';
import { draft, route, routeChange } from '../../builders/log.js';
import { startNats, type NatsServer } from '../../contracts/nats-server.js';

const settings = { httpPort: 1, httpsPort: 2 };
const certificate = { fingerprint: 'f'.repeat(64), chain: 'C', notAfter: '2030-01-01T00:00:00.000Z' };
const now = () => '2026-01-01T00:00:00.000Z';

let nats: NatsServer;
let log: Awaited<ReturnType<typeof createEventLog>>;
let secrets: MemorySecrets;
let proxy: MemoryProxy;

beforeAll(async () => {
  nats = await startNats();
  log = await createEventLog({ url: nats.url, seedFile: null, onWarning: () => undefined });
  const bringing = route('own.example.com', { tls: { ...usualTls, certificate } });
  await append('own', routeChange(null, bringing));
});
afterAll(async () => {
  await log.close();
  nats.stop();
});
beforeEach(async () => {
  secrets = createMemorySecrets();
  await secrets.keep(`tls/${certificate.fingerprint}`, { key: 'K' });
  proxy = createMemoryProxy();
});

async function append(id: string, change: ReturnType<typeof routeChange>) {
  const { state } = await log.view();
  await log.append(draft(id, { changes: [change] }), state.head);
}

/** As a worker that has just started: nothing is in its memory. */
function converger() {
  const secretResolver = createSecretResolver(secrets);
  return createConverger({
    log,
    proxies: [{ proxy, settings }],
    now,
    approaching: () => 0,
    secretResolver,
    sha256: (text) => text,
  });
}

it('writes an empty proxy without what Vault does not give, and again when it does', async () => {
  secrets.reachable = false;
  const started = converger();
  await started.convergeHead();
  expect(proxy.written.at(-1)?.generation.missingSecrets).toBe(`tls/${certificate.fingerprint}`);
  await started.convergeHead();
  expect(proxy.written).toHaveLength(1);
  secrets.reachable = true;
  await started.convergeHead();
  expect(proxy.written.at(-1)).toMatchObject({ generation: { sequence: 1 }, tls: { loaded: [{ key: 'K' }] } });
  expect(proxy.written.at(-1)?.generation.missingSecrets).toBeUndefined();
  await started.convergeHead();
  expect(proxy.written).toHaveLength(2);
});

it('leaves a proxy that serves something as it is until Vault answers', async () => {
  await converger().convergeHead();
  await append('other', routeChange(null, route('other.example.com')));
  secrets.reachable = false;
  const restarted = converger();
  await expect(restarted.convergeHead()).rejects.toMatchObject({ kind: 'unavailable' });
  expect(proxy.written).toHaveLength(1);
  secrets.reachable = true;
  await restarted.convergeHead();
  expect(proxy.written.at(-1)).toMatchObject({ tls: { loaded: [{ key: 'K' }] } });
});

it('asks Vault once for what never changes', async () => {
  const one = converger();
  await one.convergeHead();
  proxy.empty();
  await one.convergeHead();
  expect(secrets.reads()).toBe(1);
});
