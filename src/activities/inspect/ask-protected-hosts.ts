import { requiresSignIn } from '../../domain/identity/access.js';
import { find, type State } from '../../domain/log/state.js';
import { middlewareOf } from '../../domain/middleware/list.js';
import { hostsOf } from '../../domain/resources/route.js';
import { servedRoutes, type ServedRoute } from '../../domain/serving/served-route.js';
import { selfAnswer } from '../../domain/serving/upstream-check.js';
import { concreteHost } from '../../domain/values/network/domain-name.js';
import { withoutQuery } from '../../domain/values/network/without-query.js';
import { Failure } from '../../ports/failure.js';
import type { IdentityCheck } from '../../ports/identity.js';
import type { Proxy, Visit } from '../../ports/proxy.js';

/** Hosts that are asked at the same time. */
const AT_A_TIME = 25;
/** Longest wait for one answer, in milliseconds. */
const ANSWER_MS = 4_500;
/** Longest time for all hosts, in milliseconds. */
const ALL_MS = 30_000;
/** Paths of authentik that begin a sign-in: the outpost's on the host itself, and authentik's own. */
const SIGN_IN_PATHS = /^\/(outpost\.goauthentik\.io|application\/o\/authorize|if\/flow|flows?)\//;

/**
 * Asks every host that requires sign-in through every proxy, without credentials, over HTTP and HTTPS. A host passes when the
 * visitor is sent to the sign-in or is refused; it never passes when the app answers. Bypasses in force are named. Returns one
 * check for each host. Writes nothing.
 */
export async function askProtectedHosts(
  {
    state,
    logId,
    provider,
    now,
  }: { readonly state: State; readonly logId: string; readonly provider: string; readonly now: string },
  proxies: readonly Proxy[],
): Promise<IdentityCheck[]> {
  const guarded = servedRoutes(state).filter(({ route }) => requiresSignIn(route));
  const deadline = Date.now() + ALL_MS;
  const waiting = guarded.flatMap((served) => hostsOf(served.route).map((host) => ({ host, served }))).entries();
  const checks: (readonly [number, IdentityCheck])[] = [];
  const work = async () => {
    for (const [index, { host, served }] of waiting) {
      const bypassed = bypassText(state, served, now);
      const detail = bypassed ?? (await problemOf(host, served, { logId, provider, deadline, proxies }));
      checks.push([
        index,
        { name: host, passed: bypassed !== null || detail === null, detail: detail ?? 'visitors have to sign in' },
      ]);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return checks.sort(([a], [b]) => a - b).map(([, check]) => check);
}

/** Returns the bypass in force on a route, as a sentence; null: there is none. */
function bypassText(state: State, { route, bypass }: ServedRoute, now: string): string | null {
  if (bypass === null || bypass.until <= now) return null;
  const by = find(state, 'Bypass', route.domain)?.createdBy ?? 'unknown';
  return `BYPASSED until ${bypass.until} by ${by}${bypass.reason === null ? '' : `: ${bypass.reason}`}; everybody gets in without sign-in`;
}

interface Asking {
  readonly logId: string;
  readonly provider: string;
  readonly deadline: number;
  readonly proxies: readonly Proxy[];
}

async function problemOf(host: string, served: ServedRoute, asking: Asking): Promise<string | null> {
  if (Date.now() > asking.deadline) return 'not asked: the hosts before it took 30 s';
  for (const proxy of asking.proxies) {
    for (const scheme of ['https', 'http'] as const) {
      const problem = await problemAt(proxy, scheme, host, served, asking);
      if (problem !== null) return asking.proxies.length > 1 ? `${proxy.name}: ${problem}` : problem;
    }
  }
  return null;
}

async function problemAt(
  proxy: Proxy,
  scheme: 'http' | 'https',
  host: string,
  { route }: ServedRoute,
  { logId, provider, deadline }: Asking,
): Promise<string | null> {
  const name = concreteHost(host);
  const timeoutMs = Math.max(1, Math.min(ANSWER_MS, deadline - Date.now()));
  const visit = await proxy.visit({ scheme, host: name, timeoutMs }, logId).catch((error: unknown) => {
    if (error instanceof Failure) return error.message;
    throw error;
  });
  if (typeof visit === 'string') return visit;
  const url = `${scheme}://${name}/`;
  if (visit.kind === 'failed') return failureText(visit, url);
  const { status, headers } = visit;
  if (status === 401 || status === 403 || isOwnAnswer(route, status)) return null;
  if (status >= 500) return `${url} answers ${status}, so nobody can sign in`;
  if (status < 300) return `${url} answers ${status} WITHOUT SIGN-IN`;
  if (status >= 400) return `${url} answers ${status} instead of asking visitors to sign in`;
  const location = headers['location'] ?? '';
  return leadsToSignIn(location, url, provider)
    ? null
    : `${url} redirects to ${withoutQuery(location) || 'nowhere'}, which is not the sign-in`;
}

/** Without a certificate no visitor gets through, so there is nothing to say about the sign-in. */
function failureText({ cause, detail }: Extract<Visit, { readonly kind: 'failed' }>, url: string): string | null {
  if (cause === 'tls') return null;
  return cause === 'timeout' ? `${url} hangs: ${detail}` : `${url} gives no answer: ${detail}`;
}

/** True for answers of the route's own middleware, which runs before the sign-in. */
function isOwnAnswer(route: ServedRoute['route'], status: number): boolean {
  switch (selfAnswer(route)) {
    case 'redirect':
      return status >= 300 && status < 400;
    case 'refusal':
      return status === 503;
    case null:
      return status === 429 && middlewareOf(route.middleware).some(({ kind }) => kind.name === 'rate-limit');
  }
}

function leadsToSignIn(location: string, from: string, provider: string): boolean {
  if (!URL.canParse(location, from)) return false;
  const [to, start] = [new URL(location, from), new URL(from)];
  if (to.origin === new URL(provider).origin || SIGN_IN_PATHS.test(to.pathname)) return true;
  const isSameHost = to.hostname === start.hostname && to.pathname === start.pathname;
  return start.protocol === 'http:' && to.protocol === 'https:' && isSameHost;
}
