import { expect, it } from 'vitest';
import { createConverger } from '../../../src/activities/proxies/converger.js';
import { createSecretResolver } from '../../../src/activities/secrets/resolved-secrets.js';
import { createMemoryProxy } from '../../../src/adapters/memory/proxy.js';
import type { Generation } from '../../../src/domain/log/commit.js';
import type { EventLog } from '../../../src/ports/event-log.js';
import { createHistory, type History } from '../../builders/history.js';
import { route, routeChange } from '../../builders/log.js';

const settings = { httpPort: 1, httpsPort: 2 };

function converge(history: History, proxy: ReturnType<typeof createMemoryProxy>, replaced: readonly Generation[]) {
  const isReplaced = ({ logId, sequence, hash }: Generation) =>
    replaced.some((one) => one.logId === logId && one.sequence === sequence && one.hash === hash);
  return createConverger({
    ...{ log: history.reader as EventLog, proxies: [{ proxy, settings }], isReplaced },
    ...{ now: () => history.now(), approaching: () => 0, secretResolver: createSecretResolver(null) },
    sha256: (text) => text,
  }).convergeHead();
}

it('is written over after a restore, where any other generation beyond the log is refused', async () => {
  const proxy = createMemoryProxy({ name: 'caddy' });
  const lost = createHistory();
  for (const domain of ['a', 'b', 'c']) lost.commit(domain, [routeChange(null, route(`${domain}.example.com`))]);
  await converge(lost, proxy, []);
  const { generation } = await proxy.current();
  const restored = createHistory();
  const { position } = restored.commit('a', [routeChange(null, route('a.example.com'))]);
  await expect(converge(restored, proxy, [])).rejects.toMatchObject({
    kind: 'lost',
    message: expect.stringMatching(/To continue with the present log: .* && hecate update state reconcile$/) as string,
  });
  if (generation === null) throw new Error('the proxy serves a generation');
  await expect(converge(restored, proxy, [{ ...generation, sequence: 1 }])).rejects.toMatchObject({ kind: 'lost' });
  await converge(restored, proxy, [generation]);
  expect((await proxy.current()).generation?.sequence).toBe(position.sequence);
});
