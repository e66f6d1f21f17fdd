import { expect, it } from 'vitest';
import { inspectHealth } from '../../../src/activities/inspect/inspect-health.js';
import { createMemoryProxy } from '../../../src/adapters/memory/proxy.js';
import { fold, emptyState } from '../../../src/domain/log/state.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import type { AuthPolicy } from '../../../src/domain/resources/auth-policy.js';
import { entries, route, routeChange } from '../../builders/log.js';
import { elsewhere } from '../../builders/surroundings.js';
import { factsOf } from '../../builders/facts.js';

const policy = (name: string, createGroups: boolean): AuthPolicy => ({
  ...{ name, provider: 'authentik', flow: null, groups: ['staff'], createGroups },
  ...{ requireMFA: false, metadata: {}, source: null },
});
const guarded = (domain: string, authPolicy: string | null) => routeChange(null, route(domain, { authPolicy }));
const state = fold(
  emptyState,
  entries({
    a: [
      changeOf('AuthPolicy', 'team', null, policy('team', false)),
      changeOf('AuthPolicy', 'made', null, policy('made', true)),
      guarded('sec.example.com', 'team'),
      guarded('made.example.com', 'made'),
      guarded('open.example.com', null),
    ],
  }),
);

it.each([
  ['the group was renamed', async (names: readonly string[]) => names, true],
  ['the group is there', async () => [], false],
  ['authentik does not answer', () => Promise.reject(new Error('down')), false],
])('health of a route names a group of its policy when %s', async (_, missingGroups, isNamed) => {
  const { routes } = await inspectHealth(
    {
      ...{ log: { view: async () => ({ logId: 'log', state }) }, proxies: [createMemoryProxy()] },
      ...{ now: () => '2026-06-01T00:00:00.000Z', surroundings: elsewhere, findFacts: async () => factsOf({}) },
      identity: { missingGroups },
    } as never,
    { domain: null, after: null },
  );
  const naming = routes.filter(({ details }) => details.some((one) => one.includes('no group staff')));
  expect(naming.map(({ domain }) => domain)).toEqual(isNamed ? ['sec.example.com'] : []);
});
