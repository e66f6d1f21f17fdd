import { selfAnswer } from '../../domain/serving/upstream-check.js';
import { concreteHost } from '../../domain/values/network/domain-name.js';
import { hostsOf } from '../../domain/resources/route.js';
import type { Change } from '../../domain/log/commit.js';
import { all, type State } from '../../domain/log/state.js';
import type { Proxy, Visit } from '../../ports/proxy.js';

/** A host as visitors of one proxy get it. */
export interface VisitedHost {
  /** Name of the proxy. */
  readonly proxy: string;
  /** Host pattern of a route. */
  readonly host: string;
}

/** Result of one visit: an answer, an error with its reason, or a result that cannot be judged. */
export type VisitorResult =
  { readonly kind: 'answered' } | { readonly kind: 'failed'; readonly reason: string } | { readonly kind: 'unknown' };

/** Longest wait for an answer before a change. A slower host is not compared. */
const BEFORE_MS = 2_000;

/** Returns the hosts from which visitors of a proxy get an answer below 500 now. Asks each once, and writes nothing. */
export async function answeringHosts(
  proxies: readonly Proxy[],
  logId: string,
  hosts: readonly string[],
): Promise<VisitedHost[]> {
  const visits = proxies.flatMap((proxy) =>
    hosts.map(async (host) => {
      const result = await visitorResult(proxy, host, { logId, timeoutMs: BEFORE_MS });
      return result.kind === 'answered' ? [{ proxy: proxy.name, host }] : [];
    }),
  );
  return (await Promise.all(visits)).flat();
}

/**
 * Returns what a visitor of a host gets, after the redirect to HTTPS if there is one. A handshake that fails cannot be
 * judged: the certificate may still be on its way. Never throws: a proxy that cannot be reached cannot be judged either.
 */
export async function visitorResult(
  proxy: Proxy,
  host: string,
  { logId, timeoutMs }: { readonly logId: string; readonly timeoutMs: number },
): Promise<VisitorResult> {
  const name = concreteHost(host);
  const ask = (scheme: 'http' | 'https') =>
    proxy.visit({ scheme, host: name, timeoutMs }, logId).catch((): null => null);
  const plain = await ask('http');
  const seen = plain !== null && redirectsToHttps(plain, name) ? await ask('https') : plain;
  if (seen === null || (seen.kind === 'failed' && seen.cause === 'tls')) return { kind: 'unknown' };
  if (seen.kind === 'failed') return { kind: 'failed', reason: seen.detail };
  return seen.status < 500 ? { kind: 'answered' } : { kind: 'failed', reason: `status ${seen.status}` };
}

function redirectsToHttps(visit: Visit, host: string): boolean {
  if (visit.kind !== 'answered' || visit.status < 300 || visit.status >= 400) return false;
  const to = visit.headers['location'] ?? '';
  return URL.canParse(to) && new URL(to).protocol === 'https:' && new URL(to).hostname === host;
}

/** Returns those of these hosts whose requests a route of the state sends to an upstream. */
export function proxiedHosts(state: State, hosts: readonly string[]): string[] {
  const asked = new Set(hosts);
  return all(state, 'Route').flatMap(({ value }) => {
    const own = hostsOf(value).filter((host) => asked.has(host));
    return own.length === 0 || selfAnswer(value) !== null ? [] : own;
  });
}

/**
 * Returns true when what a visitor gets before these changes can be compared with what one gets after them. The answer of the
 * sign-in page says nothing about the app, which a bypass shows instead.
 */
export function isComparable(changes: readonly Change[]): boolean {
  return !changes.some(({ kind }) => kind === 'Bypass');
}
