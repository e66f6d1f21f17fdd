import { expect, it } from 'vitest';
import { createServerNotice } from '../../../src/activities/notice/notice-servers.js';
import { createMemoryObservations } from '../../../src/adapters/memory/observations.js';
import { route, stateWith } from '../../builders/log.js';

function noticing(observations = createMemoryObservations()) {
  let seconds = 0;
  const state = stateWith(
    route('a.example.com', { upstream: '10.0.0.1:80' }),
    route('b.example.com', { upstream: '10.0.0.1:80' }),
    route('c.example.com', { upstream: '10.0.0.2:80' }),
  );
  const deps = {
    log: { view: async () => ({ state, logId: 'log' }) } as never,
    ...{ now: () => new Date(++seconds * 1_000).toISOString(), observations },
  };
  return { observations, notice: createServerNotice(deps) };
}
const down = (route: string, dial: string) => ({ route, dial, problem: 'refuses connections' });
const kept = async (observations: ReturnType<typeof createMemoryObservations>) =>
  (await observations.between(0, Infinity)).map(({ kind, subject, detail }) => `${kind} ${subject} ${detail}`);

it('a server that stops and begins to answer is recorded once for all its routes', async () => {
  const { observations, notice } = noticing();
  await notice([]);
  const both = [down('a.example.com', '10.0.0.1:80'), down('b.example.com', '10.0.0.1:80')];
  await notice(both);
  await notice(both);
  await notice([]);
  expect(await kept(observations)).toEqual([
    'server-down 10.0.0.1:80 refuses connections',
    'server-up 10.0.0.1:80 null',
  ]);
});

it('another worker records neither what is known nor what was always fine', async () => {
  const { observations, notice } = noticing();
  const both = [down('a.example.com', '10.0.0.1:80'), down('b.example.com', '10.0.0.1:80')];
  await notice(both);
  await noticing(observations).notice(both);
  expect(await kept(observations)).toEqual(['server-down 10.0.0.1:80 refuses connections']);
});

it('a server that answers one of its routes well is not down', async () => {
  const { observations, notice } = noticing();
  await notice([down('a.example.com', '10.0.0.1:80')]);
  expect(await kept(observations)).toEqual([]);
});
