import { expect, it } from 'vitest';
import { createConverger } from '../../../src/activities/proxies/converger.js';
import { createSecretResolver } from '../../../src/activities/secrets/resolved-secrets.js';
import { createMemoryProxy } from '../../../src/adapters/memory/proxy.js';
import { createMemorySecrets } from '../../../src/adapters/memory/secrets.js';
import { emptyState } from '../../../src/domain/log/state.js';
import type { EventLog } from '../../../src/ports/event-log.js';
import { Failure } from '../../../src/ports/failure.js';

const [first, second] = [createMemoryProxy({ name: 'first' }), createMemoryProxy({ name: 'second' })];

const said: string[] = [];

function converger(view: () => Promise<unknown>) {
  return createConverger({
    log: { view } as unknown as EventLog,
    proxies: [first, second].map((proxy) => ({ proxy, settings: { httpPort: 1, httpsPort: 2 } })),
    now: () => '2026-01-01T00:00:00.000Z',
    approaching: () => 0,
    onRepaired: (proxy, why) => void said.push(`${proxy}: ${why}`),
    secretResolver: createSecretResolver(createMemorySecrets()),
    sha256: (text) => text,
  });
}
const answering = converger(async () => ({ state: emptyState, logId: 'log' }));
const silent = converger(() => Promise.reject(new Failure('unavailable', 'nats does not answer')));

it('does not take a silent log for a silent proxy', async () => {
  await expect(silent.drift()).rejects.toThrow('nats does not answer');
  await expect(silent.repair(['first'])).rejects.toThrow('nats does not answer');
});

it('puts back the named proxies, and does not pass over one that does not answer', async () => {
  second.options.reachable = false;
  await expect(answering.repair(['first'])).resolves.toEqual(['first']);
  expect(said).toEqual([expect.stringMatching(/^first: \d+ differences? from the log$/)]);
  await expect(answering.repair(['second'])).rejects.toThrow('second at memory does not answer');
  await expect(answering.drift()).resolves.toMatchObject([{ proxy: 'first' }, { proxy: 'second', differences: null }]);
  second.options.reachable = true;
});

it('takes an address of Hecate’s server from a server of others only when that is asked for', async () => {
  const claim = { server: 'x', address: ':1', removal: 'curl -X DELETE …' };
  first.empty();
  first.options.claims = [claim];
  const [report] = await answering.drift();
  expect(report?.differences).toMatchObject([
    { kind: 'foreign', object: 'server x', found: ':1' },
    { kind: 'missing' },
  ]);
  await expect(answering.repair(['first'])).rejects.toThrow('server x, which is not Hecate');
  await expect(answering.repair(['first'], { takes: true })).resolves.toEqual(['first (server x lost :1)']);
  expect(said.at(-1)).toBe('first: 2 differences from the log; server x lost :1');
});
