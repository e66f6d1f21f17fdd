import { expect, it } from 'vitest';
import { createFactFinder, type Watching } from '../../../src/activities/watch/find-facts.js';
import { emptyState } from '../../../src/domain/log/state.js';

it('keeps what is known of the proxies when the identity provider does not answer', async () => {
  let time = 0;
  let answers = false;
  const identity = {
    name: 'authentik',
    drift: async () => {
      if (!answers) throw new Error('authentik does not answer');
      return [];
    },
  };
  const findFacts = createFactFinder({
    log: { view: async () => ({ logId: 'log', state: emptyState }) },
    converger: { drift: async () => [{ proxy: 'caddy', differences: [] }] },
    identity,
    clock: () => time,
    now: () => '2026-11-29T12:00:00.000Z',
  } as unknown as Watching);
  expect(await findFacts()).toMatchObject({
    proxyDrift: { known: [] },
    identityDrift: { unknown: 'authentik does not answer' },
  });
  answers = true;
  time = 15_000;
  expect(await findFacts()).toMatchObject({ proxyDrift: { known: [] }, identityDrift: { known: [] } });
});

it('looks again at drift for a person, however fresh the last look is', async () => {
  let hosts: readonly string[] = [];
  const drift = async () => [
    { proxy: 'caddy', differences: hosts.map((host) => ({ object: `route for ${host}`, path: '' })) },
  ];
  const findFacts = createFactFinder({
    log: { view: async () => ({ logId: 'log', state: emptyState }) },
    converger: { drift },
    identity: null,
    clock: () => 0,
    now: () => '2026-11-29T12:00:00.000Z',
  } as unknown as Watching);
  expect((await findFacts()).proxyDrift).toEqual({ known: [] });
  hosts = ['ok.example.com'];
  const { proxyDrift } = await findFacts({ anew: true });
  expect(proxyDrift).toMatchObject({
    known: [{ name: 'caddy', detail: expect.stringContaining('route for ok.example.com') as string }],
  });
  expect((await findFacts()).proxyDrift).toEqual({ known: [] });
});
