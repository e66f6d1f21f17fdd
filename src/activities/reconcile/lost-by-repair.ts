import type { ProxyDrift } from '../../domain/drift/hosts.js';
import { meetsHost } from '../../domain/import-caddy/hosts.js';
import type { State } from '../../domain/log/state.js';
import { hostsOf } from '../../domain/resources/route.js';
import { servedRoutes, type ServedRoute } from '../../domain/serving/served-route.js';
import { badServer, checksOf } from '../../domain/serving/upstream-check.js';
import type { Proxy } from '../../ports/proxy.js';
import { answersOf } from '../plan/ask-upstreams.js';
import { visitorResult } from '../proxies/visit-hosts.js';

/** Most routes that are asked about. */
const MOST_ROUTES = 500;
const VISIT_MS = 2_000;

/** Answers that visitors would lose when a drifted proxy is written again. */
export interface LostByRepair {
  /** One sentence for each host. */
  readonly held: readonly string[];
  /** Number of routes that were not asked about. */
  readonly unasked: number;
}

/**
 * Returns the hosts that visitors of a drifted proxy are served from now, and would not be once the proxy is as the log has
 * it, because no upstream server of its route answers. Only hosts that the differences concern are asked about: writing the
 * proxy again changes nothing for the others. Writes nothing.
 */
export async function lostByRepair(
  { proxies, proxy, logId }: { readonly proxies: readonly Proxy[]; readonly proxy: Proxy; readonly logId: string },
  state: State,
  differences: readonly Pick<ProxyDrift, 'hosts'>[],
): Promise<LostByRepair> {
  const drifted = servedRoutes(state).filter(concernedBy(differences));
  const routes = drifted.slice(0, MOST_ROUTES);
  const found = routes.map((served) => {
    const servers = checksOf(served).filter(({ role }) => role !== 'backup');
    return { host: hostsOf(served.route)[0], servers };
  });
  const answerTo = await answersOf(
    proxies,
    found.flatMap(({ servers }) => servers),
  );
  const dead = found.flatMap(({ host, servers }) => {
    const bad = servers.map((server) => ({ dial: server.dial, bad: badServer(server, answerTo) }));
    const [first] = bad;
    return first?.bad && bad.every((one) => one.bad !== null)
      ? [{ host, reason: `${first.dial} ${first.bad.text}` }]
      : [];
  });
  const visits = dead.map(async ({ host, reason }) => {
    const result = await visitorResult(proxy, host, { logId, timeoutMs: VISIT_MS });
    if (result.kind !== 'answered') return [];
    return [
      `visitors of ${host} get an answer now and would get none as the log has it: ${reason}; take the change over with --adopt, or write it anyway with --yes`,
    ];
  });
  return { held: (await Promise.all(visits)).flat(), unasked: drifted.length - routes.length };
}

/** Returns a test for the routes that one of the differences concerns. */
function concernedBy(differences: readonly Pick<ProxyDrift, 'hosts'>[]): (served: ServedRoute) => boolean {
  if (differences.some(({ hosts }) => hosts === null)) return () => true;
  const concerned = new Set(differences.flatMap(({ hosts }) => hosts ?? []));
  const patterns = [...concerned].filter((host) => /[*{]/.test(host));
  return ({ route }) =>
    hostsOf(route).some((host) => concerned.has(host) || patterns.some((pattern) => meetsHost(pattern, host)));
}
