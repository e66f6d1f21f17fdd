import type { Route } from '../domain/route.js';
import { poolOf } from '../domain/pool.js';
import type { State } from '../domain/state.js';
import type { Proxy } from '../ports/proxy.js';
import type { Impact, Plan } from '../workflows/activities.js';
import type { Dependencies } from './dependencies.js';

/** Finds out what a plan would touch: which proxies reload, and how many requests and WebSockets are open there now. */
export async function surveyImpact(
  { proxies, log }: Pick<Dependencies, 'proxies' | 'log'>,
  plan: Plan,
): Promise<Impact> {
  const { state } = await log.view();
  const before = plan.changes.flatMap((change) => (change.kind === 'Route' && change.before ? [change.before] : []));
  const [reloads, openRequests] = await Promise.all([
    Promise.all(proxies.map(async (proxy) => ({ proxy: proxy.name, reachable: await isReachable(proxy) }))),
    Promise.all(before.map((route) => openTo(proxies, state, route))),
  ]);
  return { reloads, openRequests };
}

async function openTo(
  proxies: readonly Proxy[],
  state: State,
  { domain, upstream }: Route,
): Promise<Impact['openRequests'][number]> {
  const dials = poolOf(state, upstream)?.servers.map(({ dial }) => dial) ?? [];
  const asked = proxies.flatMap((proxy) => dials.map((dial) => proxy.openRequests(dial).catch(() => null)));
  const known = (await Promise.all(asked)).filter((count) => count !== null);
  return { host: domain, upstream, count: known.length === 0 ? null : known.reduce((sum, count) => sum + count, 0) };
}

function isReachable(proxy: Proxy): Promise<boolean> {
  return proxy.current().then(
    () => true,
    () => false,
  );
}
