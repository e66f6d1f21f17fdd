import type { Route } from '../domain/route.js';
import { parseUpstream } from '../domain/upstream-address.js';
import type { Proxy } from '../ports/proxy.js';
import type { Impact, Plan } from '../workflows/activities.js';
import type { Dependencies } from './dependencies.js';

/** Finds out what a plan would touch: which proxies reload, and how many requests and WebSockets are open there now. */
export async function surveyImpact({ proxies }: Pick<Dependencies, 'proxies'>, plan: Plan): Promise<Impact> {
  const before = plan.changes.flatMap((change) => (change.kind === 'Route' && change.before ? [change.before] : []));
  const [reloads, openRequests] = await Promise.all([
    Promise.all(proxies.map(async (proxy) => ({ proxy: proxy.name, reachable: await isReachable(proxy) }))),
    Promise.all(before.map((route) => openTo(proxies, route))),
  ]);
  return { reloads, openRequests };
}

async function openTo(proxies: readonly Proxy[], { domain, upstream }: Route): Promise<Impact['openRequests'][number]> {
  const { dial } = parseUpstream(upstream);
  const counts = await Promise.all(proxies.map((proxy) => proxy.openRequests(dial).catch(() => null)));
  const known = counts.filter((count) => count !== null);
  return { host: domain, upstream, count: known.length === 0 ? null : known.reduce((sum, count) => sum + count, 0) };
}

function isReachable(proxy: Proxy): Promise<boolean> {
  return proxy.current().then(
    () => true,
    () => false,
  );
}
