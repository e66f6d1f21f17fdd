import { servedRoutes } from '../../domain/serving/served-route.js';
import type { AccessEntry } from '../../domain/traffic/access-entry.js';
import type { LogCursor } from '../../ports/access-log.js';
import { Failure } from '../../ports/failure.js';
import type { Proxy } from '../../ports/proxy.js';
import {
  REQUESTS_PAGE,
  type FoundRequest,
  type RequestsInspection,
  type RequestsQuestion,
} from '../../workflows/contracts/inspection.js';
import type { Dependencies } from '../dependencies.js';
import { hostLookup } from './route-pages.js';

/** Longest texts of an answer, in characters, so that a page fits into a message. What visitors write can be any length. */
const [LONGEST_PATH, LONGEST_ERROR, LONGEST_WORD] = [500, 300, 255];

/**
 * Finds the newest requests in the access logs of all proxies; with `isOnward` the oldest ones after the positions. A proxy whose log cannot be read is named in the answer; throws
 * `unavailable` when none can. Writes nothing.
 */
export async function inspectRequests(
  { log, proxies }: Pick<Dependencies, 'log' | 'proxies'>,
  { domain, sinceMs, statuses, isDenied, limit, after, isOnward = false }: RequestsQuestion,
): Promise<RequestsInspection> {
  const { state } = await log.view();
  const routeOf = hostLookup(servedRoutes(state));
  const domainOf = (host: string) => routeOf(host)?.route.domain ?? null;
  const most = Math.max(1, Math.min(limit, REQUESTS_PAGE));
  // The page is shared out, since a position stands after all requests of its proxy in the answer.
  const each = isOnward ? Math.max(1, Math.floor(most / proxies.length)) : most;
  const search = {
    isOf: (host: string) => domain === null || domainOf(host) === domain,
    ...{ sinceMs, statuses, denied: isDenied, limit: each },
    takes: isOnward ? ('oldest' as const) : ('newest' as const),
  };
  const searched = await Promise.all(
    proxies.map(async (proxy) => ({
      proxy,
      found: await found(proxy, { ...search, after: after[proxy.name] ?? null }),
    })),
  );
  const failures = searched.flatMap(({ found: one }) => (one instanceof Failure ? [one] : []));
  const [first] = failures;
  if (first !== undefined && failures.length === proxies.length) throw first;
  const requests = searched.flatMap(({ proxy, found: one }) =>
    one instanceof Failure ? [] : one.entries.map((entry) => shortened(entry, proxy.name, domainOf(entry.host))),
  );
  const ordered = requests.sort((a, b) => a.endedMs - b.endedMs);
  const lost = searched.reduce((sum, { found: one }) => sum + (one instanceof Failure ? 0 : one.left), 0);
  return {
    requests: isOnward ? ordered : ordered.slice(-most),
    left: isOnward ? 0 : lost + Math.max(0, ordered.length - most),
    hasMore: searched.some(({ found: one }) => !(one instanceof Failure) && one.hasMore),
    after: Object.fromEntries(
      searched.flatMap(({ proxy, found: one }): (readonly [string, LogCursor])[] => {
        const cursor = one instanceof Failure ? (after[proxy.name] ?? null) : one.cursor;
        return cursor === null ? [] : [[proxy.name, cursor]];
      }),
    ),
    problems: failures.map(({ message }) => message),
  };
}

async function found(proxy: Proxy, search: Parameters<Proxy['findRequests']>[0]) {
  try {
    return await proxy.findRequests(search);
  } catch (error) {
    if (error instanceof Failure && error.kind === 'unavailable') return error;
    throw error;
  }
}

function shortened(entry: AccessEntry, proxy: string, domain: string | null): FoundRequest {
  const { method, host, path, error, id } = entry;
  return {
    ...{ ...entry, proxy, domain },
    ...{ method: cut(method, LONGEST_WORD), host: cut(host, LONGEST_WORD), id: cut(id, LONGEST_WORD) },
    ...{ path: cut(path, LONGEST_PATH), error: error === null ? null : cut(error, LONGEST_ERROR) },
  };
}

function cut(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}
