import { poolOf } from '../../domain/serving/pool.js';
import { all, type State } from '../../domain/log/state.js';
import type { Proxy } from '../../ports/proxy.js';
import type { Impact, Plan } from '../../workflows/contracts/plan.js';
import type { Dependencies } from '../dependencies.js';

/** Most routes named that share an upstream. */
const MOST_NAMED = 3;

/** Returns what a plan would touch: proxies that reload, and requests and WebSockets that are open now. Writes nothing. */
export async function surveyImpact(
  { proxies, log, now }: Pick<Dependencies, 'proxies' | 'log' | 'now'>,
  plan: Plan,
): Promise<Impact> {
  const { state } = await log.view();
  const before = plan.changes.flatMap((change) => (change.kind === 'Route' && change.before ? [change.before] : []));
  const sharers = routesByDial(state);
  const [reloads, openRequests] = await Promise.all([
    Promise.all(proxies.map(async (proxy) => ({ proxy: proxy.name, reachable: await isReachable(proxy) }))),
    Promise.all(
      before.flatMap(({ domain, upstream }) =>
        upstream === null ? [] : [openTo(proxies, { domain, upstream }, { dials: dialsOf(state, upstream), sharers })],
      ),
    ),
  ]);
  const closing = all(state, 'Bypass').filter(({ value }) => value.until > now());
  return { reloads, openRequests, closing: closing.map(({ name }) => name) };
}

async function openTo(
  proxies: readonly Proxy[],
  { domain, upstream }: { readonly domain: string; readonly upstream: string },
  { dials, sharers }: { readonly dials: readonly string[]; readonly sharers: ReadonlyMap<string, readonly string[]> },
): Promise<Impact['openRequests'][number]> {
  const others = new Set(dials.flatMap((dial) => sharers.get(dial) ?? []).filter((name) => name !== domain));
  const asked = proxies.flatMap((proxy) => dials.map((dial) => proxy.openRequests(dial).catch(() => null)));
  const known = (await Promise.all(asked)).filter((count) => count !== null);
  const count = known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0);
  return { host: domain, upstream, count, sharedWith: [...others].slice(0, MOST_NAMED) };
}

function dialsOf(state: State, upstream: string | null): readonly string[] {
  return poolOf(state, upstream)?.servers.map(({ dial }) => dial) ?? [];
}

function routesByDial(state: State): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { name, value } of all(state, 'Route')) {
    for (const dial of dialsOf(state, value.upstream)) {
      const names = found.get(dial) ?? [];
      // One more than is shown, since the route itself may be among them.
      if (names.length <= MOST_NAMED) found.set(dial, [...names, name]);
    }
  }
  return found;
}

function isReachable(proxy: Proxy): Promise<boolean> {
  return proxy.current().then(
    () => true,
    () => false,
  );
}
