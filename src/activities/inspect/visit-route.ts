import { NO_ROUTE, ROUTE_HEADER } from '../../domain/caddy/visits/probe.js';
import { requiresSignIn } from '../../domain/identity/access.js';
import type { VisitSight } from '../../domain/serving/route-health.js';
import type { ServedRoute } from '../../domain/serving/served-route.js';
import { bodyProblemText, type BodyProblem } from '../../domain/serving/body-problem.js';
import { deadEnd, portOf, type Redirected } from '../../domain/serving/redirected.js';
import { selfAnswer } from '../../domain/serving/upstream-check.js';
import { concreteHost } from '../../domain/values/network/domain-name.js';
import { withoutQuery } from '../../domain/values/network/without-query.js';
import { Failure } from '../../ports/failure.js';
import type { Proxy, Visit } from '../../ports/proxy.js';

/** Redirects that are followed. Browsers follow 20, and say that the page redirects too often. */
const MOST_REDIRECTS = 10;
/** Longest wait for one answer, in milliseconds. */
const ANSWER_MS = 4_500;

/** Log, routes and deadline of a visit. */
export interface VisitContext {
  readonly logId: string;
  /** Returns the route that serves an exact host; null: none does. */
  readonly routeOf: (host: string) => ServedRoute | null;
  /** Time by which the last request must be answered, in milliseconds since 1970. */
  readonly deadlineMs: number;
  /** ISO 8601 UTC. */
  readonly now: string;
  /** Also judges the body of an answer. */
  readonly untilEnd?: boolean;
}

/** Address at which a visit begins. */
export interface VisitStart {
  readonly scheme: 'http' | 'https';
  /** Host pattern of a route. */
  readonly host: string;
  /** Path and query; absent: `/`. */
  readonly path?: string;
}

/** The answer that a visitor has after all redirects, and the problem of these redirects. */
export interface Journey {
  readonly visit: VisitSight;
  /** Null: there are none, or they lead to a good answer or to another server. */
  readonly redirected: Redirected | null;
  /** Address of another server that visitors are sent to, whose name decides whether they get there; null: they are not. */
  readonly leavesTo: URL | null;
}

/** Returns what a visitor of a host gets from a proxy in the end; see `followRedirects`. */
export async function visitRoute(proxy: Proxy, start: VisitStart, context: VisitContext): Promise<VisitSight> {
  return (await followRedirects(proxy, start, context)).visit;
}

/**
 * Asks a proxy for a path of a host and follows redirects between hosts of routes as a browser does, with the cookies that they
 * set; other hosts are not asked. A handshake that fails gives neither a status nor a problem: the certificate tells why. Never
 * throws.
 */
export async function followRedirects(
  proxy: Proxy,
  { scheme, host, path = '/' }: VisitStart,
  context: VisitContext,
): Promise<Journey> {
  const start = new URL(`${scheme}://${concreteHost(host)}${path}`);
  const trail: string[] = [];
  const seen = new Set<string>();
  const cookies = new Map<string, Map<string, string>>();
  let url = start;
  const ended = (more: Partial<VisitSight>, redirected: Redirected | null = null): Journey => {
    const none = { status: null, problem: null, warning: null, isMaintenance: false };
    return { visit: { proxy: proxy.name, url: start.href, ...none, ...more }, redirected, leavesTo: null };
  };
  const failed = (text: string, status: number | null = null): Journey => {
    const redirected = trail.length < 2 ? null : redirectedTo('failing', url, text);
    return ended({ status, problem: text }, redirected);
  };
  for (;;) {
    const cookie = cookieText(cookies.get(url.hostname));
    const step = `${url.protocol}//${url.hostname}${url.pathname}${url.search}`;
    if (seen.has(`${step} ${cookie}`) || trail.length > MOST_REDIRECTS) {
      const problem = circleText([...trail, step]);
      return ended({ problem }, redirectedTo('circle', url, problem));
    }
    seen.add(`${step} ${cookie}`);
    trail.push(step);
    const route = context.routeOf(url.hostname);
    const answer = await answerAt(proxy, url, cookie, context);
    if (typeof answer === 'string') return failed(answer);
    const guarded = isGuarded(route, context.now);
    if (answer.kind === 'failed') {
      const isElsewhere = answer.cause === 'tls' && url.hostname !== start.hostname;
      if (isElsewhere) return failed(`visitors are redirected to ${url.origin}, where HTTPS fails`);
      if (answer.cause === 'tls') return ended({});
      return failed(failureText(answer, url, { steps: trail.length, guarded }));
    }
    const { status, headers } = answer;
    const next = locationOf(status, headers['location'], url);
    if (next !== null && proxy.ports.has(portOf(next)) && context.routeOf(next.hostname) !== null) {
      remember(cookies, url.hostname, headers['set-cookie']);
      url = next;
      continue;
    }
    if (route !== null && headers[ROUTE_HEADER.toLowerCase()] === NO_ROUTE)
      return failed(lostText(status, url), status);
    const isMaintenance = route !== null && status === 503 && selfAnswer(route.route) === 'refusal';
    if (isMaintenance || (status < 500 && !(guarded && url.pathname === '/' && !isRefusal(status)))) {
      if (answer.bodyProblem !== undefined && !guarded)
        return failed(bodyText(status, url, { steps: trail.length, problem: answer.bodyProblem }), status);
      // A sign-in, or middleware as somebody wants it.
      const isOwn = guarded || (route !== null && selfAnswer(route.route) !== null);
      const leavesTo = isOwn ? null : next;
      const redirected = leavesTo === null ? null : leaving(url, leavesTo, context);
      if (redirected !== null && redirected.kind !== 'elsewhere') {
        return ended({ status, isMaintenance, warning: redirected.text }, redirected);
      }
      return { ...ended({ status, isMaintenance }, redirected), leavesTo };
    }
    return failed(errorText(status, url, trail.length, guarded), status);
  }
}

function redirectedTo(kind: Redirected['kind'], { hostname, pathname }: URL, text: string): Redirected {
  return { kind, host: hostname, path: pathname, text };
}

/** Returns why visitors cannot follow a redirect that leaves the proxy; null: they may, or a sign-in redirects them. */
function leaving(from: URL, to: URL, { routeOf }: VisitContext): Redirected | null {
  const served = routeOf(from.hostname);
  return served === null ? null : deadEnd({ from, to, served, hasRoute: (host) => routeOf(host) !== null });
}

async function answerAt(
  proxy: Proxy,
  url: URL,
  cookie: string,
  { logId, deadlineMs, untilEnd = false }: VisitContext,
): Promise<Visit | string> {
  const timeoutMs = Math.max(1, Math.min(ANSWER_MS, deadlineMs - Date.now()));
  const scheme = url.protocol === 'https:' ? 'https' : 'http';
  const path = `${url.pathname}${url.search}`;
  const request = {
    scheme,
    host: url.hostname,
    path,
    timeoutMs,
    untilEnd,
    ...(cookie === '' ? {} : { cookie }),
  } as const;
  return proxy.visit(request, logId).catch((error: unknown) => {
    if (error instanceof Failure) return error.message;
    throw error;
  });
}

/** True when a visitor has to sign in, so that every answer without a redirect comes from the sign-in. */
function isGuarded(served: ServedRoute | null, now: string): boolean {
  if (served === null) return false;
  const isBypassed = served.bypass !== null && served.bypass.until > now;
  return requiresSignIn(served.route) && !isBypassed;
}

function failureText(
  { cause, detail }: Extract<Visit, { readonly kind: 'failed' }>,
  url: URL,
  { steps, guarded }: { readonly steps: number; readonly guarded: boolean },
): string {
  const who = guarded ? `the sign-in of ${url.hostname}` : url.hostname;
  if (steps > 1 && !guarded)
    return `visitors are redirected to ${url.origin}${url.pathname} and get no answer there: ${detail}`;
  return cause === 'timeout' ? `visitors get ${detail}: ${who} hangs` : `visitors get no answer from ${who}: ${detail}`;
}

/** True for answers that keep a visitor out who has not signed in, or send him to the sign-in. */
function isRefusal(status: number): boolean {
  return (status >= 300 && status < 400) || [401, 403, 429].includes(status);
}

function errorText(status: number, url: URL, steps: number, guarded: boolean): string {
  if (guarded && status < 500) {
    return `visitors get ${status} instead of the sign-in of ${url.hostname}; see: hecate read test auth`;
  }
  if (guarded)
    return `visitors get ${status}, because the sign-in of ${url.hostname} does not work; see: hecate read test auth`;
  return steps === 1
    ? `visitors get ${status}`
    : `visitors are redirected to ${url.origin}${url.pathname} and get ${status} there`;
}

function bodyText(
  status: number,
  url: URL,
  { steps, problem }: { readonly steps: number; readonly problem: BodyProblem },
): string {
  const where = steps === 1 ? '' : ` at ${url.origin}${url.pathname}, where they are redirected`;
  return `visitors get ${status}${where}, and ${bodyProblemText(problem)}`;
}

function lostText(status: number, url: URL): string {
  return `visitors get ${status}: the proxy has no route for ${url.hostname}; repair: hecate update state reconcile`;
}

function circleText(steps: readonly string[]): string {
  const all = steps.map(withoutQuery);
  const shown = all.length > 5 ? [...all.slice(0, 4), '…'] : all;
  return `visitors are redirected in a circle: ${shown.join(' → ')}`;
}

const REDIRECTS = [301, 302, 303, 307, 308];

/** Returns where an answer leads; null: nowhere, or to no web address. */
function locationOf(status: number, location: string | undefined, from: URL): URL | null {
  if (!REDIRECTS.includes(status) || location === undefined || !URL.canParse(location, from.href)) return null;
  const to = new URL(location, from);
  return to.protocol === 'http:' || to.protocol === 'https:' ? to : null;
}

function remember(cookies: Map<string, Map<string, string>>, host: string, header: string | undefined): void {
  const own = cookies.get(host) ?? new Map<string, string>();
  // Several headers arrive as one text. A comma inside of a date has no `=` before the next semicolon.
  for (const one of (header ?? '').split(/,(?=[^;,=]+=)/)) {
    const [, name, value] = /^\s*([^=;\s]+)=([^;]*)/.exec(one) ?? [];
    if (name !== undefined) own.set(name, value ?? '');
  }
  cookies.set(host, own);
}

function cookieText(cookies: ReadonlyMap<string, string> | undefined): string {
  return [...(cookies ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
}
