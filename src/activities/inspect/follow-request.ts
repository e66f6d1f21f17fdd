import { traceIn } from '../../domain/caddy/visits/trace.js';
import { nearestOf } from '../../domain/debug/similar.js';
import { byName } from '../../domain/debug/redirect-target.js';
import { diagnose, type Diagnosis } from '../../domain/debug/diagnose.js';
import type {
  AnswerSeen,
  Asked,
  ConfigSight,
  Evidence,
  Looked,
  ServerSeen,
  SignInSeen,
} from '../../domain/debug/evidence.js';
import { claimAdvice, claimText } from '../../domain/drift/claims.js';
import { driftSentence } from '../../domain/drift/drift.js';
import { requiresSignIn } from '../../domain/identity/access.js';
import { compileIdentity } from '../../domain/identity/document.js';
import { find, type State } from '../../domain/log/state.js';
import { hostsOf } from '../../domain/resources/route.js';
import { ownPartText } from '../../domain/serving/own-part.js';
import type { Redirected } from '../../domain/serving/redirected.js';
import { servedRoutes, type ServedRoute } from '../../domain/serving/served-route.js';
import { checksOf, selfAnswer, verdictOf, type UpstreamCheck } from '../../domain/serving/upstream-check.js';
import { concreteHost } from '../../domain/values/network/domain-name.js';
import { isPublicHost } from '../../domain/values/network/network-name.js';
import { parseUpstream } from '../../domain/values/network/upstream-address.js';
import { withoutQuery } from '../../domain/values/network/without-query.js';
import { Failure } from '../../ports/failure.js';
import type { Proxy, ServedCertificate, Visit } from '../../ports/proxy.js';
import type { Dependencies } from '../dependencies.js';
import { foreignAdvice, lineage } from '../proxies/lineage.js';
import { hostLookup } from './route-pages.js';
import { followRedirects } from './visit-route.js';

/** Time for which a token of a traced visit holds, in seconds. */
const TOKEN_SECONDS = 5;
/** Longest wait for the answer, in milliseconds. */
const ANSWER_MS = 4_500;
/** Longest look at a part that may hang, in milliseconds. */
const LOOK_MS = 15_000;

type Sources = Pick<
  Dependencies,
  'log' | 'converger' | 'identity' | 'names' | 'publicAddresses' | 'surroundings' | 'now'
>;

/** Looks at each part that a request meets at one proxy, and says why it gets its answer. Writes nothing. */
export async function followRequest(deps: Sources, proxy: Proxy, asked: Asked): Promise<Diagnosis> {
  const { state, logId } = await deps.log.view();
  const routes = servedRoutes(state);
  const routeOf = hostLookup(routes);
  const host = concreteHost(asked.host);
  const served = routes.find(({ route }) => route.domain === asked.host) ?? routeOf(host);
  const [names, listener, certificate, clockSkewMs, config] = await Promise.all([
    looked(() => deps.names.records(host, [])),
    looked(() => listening(proxy, logId, host)),
    looked(async () => seenCertificate(await proxy.certificate(host))),
    proxy.clockSkewMs().catch(() => null),
    looked(() => configOf(deps, proxy, hostsFor(served, asked))),
  ]);
  const hasTls = 'seen' in certificate && certificate.seen !== null;
  const scheme = hasTls ? ('https' as const) : ('http' as const);
  const [answeredBy, signIn, servers, answer, redirected] = await Promise.all([
    looked(() => answering(proxy, host)),
    signInOf(deps, state, served, host),
    served === null || selfAnswer(served.route) !== null
      ? { skipped: served === null ? 'no route' : 'the route answers every request itself' }
      : looked(() => serversOf(deps, proxy, served)),
    looked(() => traced(deps, proxy, { asked: { ...asked, host }, scheme, logId })),
    redirectedFrom(
      deps,
      proxy,
      { scheme, host, path: asked.path },
      { logId, routeOf, now: deps.now(), deadlineMs: Date.now() + 2 * ANSWER_MS, untilEnd: true },
    ),
  ]);
  const evidence: Evidence = {
    ...{ asked: { ...asked, host }, now: deps.now(), proxy: proxy.name, served, clockSkewMs, redirected },
    missingPolicy: missingPolicy(state, served),
    similar: nearestOf(
      host,
      routes.map(({ route }) => route.domain),
    ),
    publicAddresses: deps.publicAddresses,
    ...{ names, listener, certificate, config, answeredBy, signIn, servers, answer },
  };
  return diagnose(evidence);
}

/** Looks at something, with the time that it takes. What fails is skipped, with the reason. */
async function looked<T>(look: () => Promise<T>): Promise<Looked<T>> {
  const start = performance.now();
  const tooLong = new Promise<{ skipped: string }>((resolve) => {
    setTimeout(() => resolve({ skipped: `it took longer than ${LOOK_MS / 1_000} s` }), LOOK_MS).unref();
  });
  const seen = look().then(
    (found) => ({ seen: found, ms: Math.round(performance.now() - start) }),
    (error: unknown) => {
      if (error instanceof Failure) return { skipped: error.message };
      throw error;
    },
  );
  return Promise.race([seen, tooLong]);
}

/** Follows redirects, and looks up the name of another server that they lead to. */
async function redirectedFrom(
  { names, publicAddresses }: Sources,
  ...visit: Parameters<typeof followRedirects>
): Promise<Redirected | null> {
  const { redirected, leavesTo } = await followRedirects(...visit);
  const [, , { routeOf }] = visit;
  const isName = leavesTo !== null && isPublicHost(leavesTo.hostname) && !/^\[|^[\d.]+$/.test(leavesTo.hostname);
  if (!isName || routeOf(leavesTo.hostname) !== null) return redirected;
  const records = await looked(() => names.records(leavesTo.hostname, []));
  return 'seen' in records ? byName(leavesTo, redirected, records.seen, publicAddresses) : redirected;
}

async function listening(proxy: Proxy, logId: string, host: string) {
  const problem = async (scheme: 'http' | 'https') => {
    try {
      await proxy.visit({ scheme, host, path: '/', method: 'HEAD', timeoutMs: 1_000 }, logId);
      return null;
    } catch (error) {
      if (error instanceof Failure) return error.message;
      throw error;
    }
  };
  const [http, https] = await Promise.all([problem('http'), problem('https')]);
  return { http, https };
}

function seenCertificate(certificate: ServedCertificate | null) {
  if (certificate === null) return null;
  const { issuer, notBefore, notAfter, coversHost, untrusted } = certificate;
  return { issuer, notBefore, notAfter, coversHost, untrusted };
}

function hostsFor(served: ServedRoute | null, { host }: Asked): readonly string[] {
  return served === null ? [host] : hostsOf(served.route);
}

async function configOf({ log, converger }: Sources, proxy: Proxy, hosts: readonly string[]): Promise<ConfigSight> {
  try {
    const { generation } = await proxy.current();
    if (generation === null) {
      const claims = await proxy.claims();
      const advice = claims.length === 0 ? {} : { advice: claimAdvice(claims) };
      return { problem: null, state: 'none', detail: claims.map(claimText).join('; '), ...advice, drift: [] };
    }
    const relation = await lineage(log, generation);
    if (relation.kind === 'foreign') {
      const advice = foreignAdvice(proxy, relation);
      return { problem: null, state: 'foreign', detail: relation.message, advice, drift: [] };
    }
    const head = relation.view.state.head?.sequence ?? 0;
    const detail =
      relation.kind === 'current'
        ? `commit ${generation.sequence}, the newest`
        : `${proxy.name} serves commit ${generation.sequence}, and the log has ${head}`;
    const differences = (await converger.drift()).find((one) => one.proxy === proxy.name)?.differences ?? [];
    const named = differences.filter(
      ({ object }) => !object.startsWith('route for ') || hosts.some((host) => object === `route for ${host}`),
    );
    const drift = named
      .slice(0, 3)
      .map(({ object, path, kind }) => `${object} ${kind === 'foreign' ? 'has more' : kind} (${path})`);
    return { problem: null, state: relation.kind, detail, drift };
  } catch (error) {
    if (error instanceof Failure) return { problem: error.message, state: 'none', detail: '', drift: [] };
    throw error;
  }
}

async function answering(proxy: Proxy, host: string): Promise<number | 'none' | null> {
  const generation = await proxy.served();
  return generation === null ? null : proxy.answeredBy(host, generation.hash);
}

function missingPolicy(state: State, served: ServedRoute | null): string | null {
  const name = served?.route.authPolicy ?? null;
  return name !== null && find(state, 'AuthPolicy', name) === undefined ? name : null;
}

async function signInOf(
  { identity }: Sources,
  state: State,
  served: ServedRoute | null,
  host: string,
): Promise<Looked<SignInSeen>> {
  if (served === null) return { skipped: 'no route' };
  if (!requiresSignIn(served.route)) return { skipped: 'the route requires no sign-in' };
  if (identity === null) return { skipped: 'no identity provider is configured for the worker' };
  return looked(async () => {
    const problems = (await identity.checks()).filter(({ passed }) => !passed);
    if (problems.length > 0) return { problems, missingGroups: [], drift: [], asks: null };
    const policy = served.route.authPolicy;
    const groups = policy === null ? [] : (find(state, 'AuthPolicy', policy)?.value.groups ?? []);
    const [missingGroups, drift, asks] = await Promise.all([
      identity.missingGroups(groups),
      identity.drift(compileIdentity(state)),
      identity.serves(host).catch(() => null),
    ]);
    const own = drift.filter(
      ({ subject }) => subject.includes(served.route.domain) || (policy !== null && subject.includes(policy)),
    );
    return { problems: [], missingGroups, drift: own.slice(0, 3).map(driftSentence), asks };
  });
}

async function serversOf({ surroundings }: Sources, proxy: Proxy, served: ServedRoute): Promise<ServerSeen[]> {
  const all = checksOf(served);
  const parts = await surroundings.ownParts([...new Set(all.map(({ dial }) => dial))]);
  return Promise.all(
    all.map(async ({ role, dial, checks }): Promise<ServerSeen> => {
      const part = parts.get(dial);
      const own = part === undefined || part === 'unknown' ? null : { kind: part.kind, text: ownPartText(dial, part) };
      const verdicts = await Promise.all(
        checks.map(async (check) => ({ check, verdict: verdictOf(check, await proxy.ask(check)) })),
      );
      const bad = verdicts.flatMap(({ check, verdict }) => (verdict.kind === 'bad' ? [{ check, verdict }] : []));
      const visitor = bad.find(({ check }) => check.expects === 'below 500');
      const [worst] = visitor === undefined ? bad : [visitor];
      if (worst === undefined) return { role, dial, problem: null, part: own };
      const { cause, text, status } = worst.verdict;
      const problem = { cause, text, status, isCheck: visitor === undefined };
      const secure = cause === 'tls-expected' ? await tlsProblemOf(proxy, worst.check) : {};
      return { role, dial, problem: { ...problem, ...secure }, part: own };
    }),
  );
}

/** Asks a server that expects TLS by HTTPS, to know whether Caddy would accept it. */
async function tlsProblemOf(proxy: Proxy, check: UpstreamCheck): Promise<{ readonly tlsProblem?: string }> {
  if (check.dial.startsWith('unix/')) return {};
  const { serverName } = parseUpstream(`https://${check.dial}`);
  const answer = await proxy.ask({ ...check, tls: { serverName } });
  return answer.kind === 'failed' && answer.cause === 'tls' ? { tlsProblem: answer.detail } : {};
}

interface Visiting {
  readonly asked: Asked;
  readonly scheme: 'http' | 'https';
  readonly logId: string;
}

async function traced({ converger }: Sources, proxy: Proxy, { asked, scheme, logId }: Visiting): Promise<AnswerSeen> {
  const { host, path, method } = asked;
  const url = `${scheme}://${host}${path}`;
  const generation = await proxy.served().catch(() => null);
  const expiresAt = Math.floor(Date.now() / 1_000) + TOKEN_SECONDS;
  const token = generation && converger.traceToken(proxy.name, generation, expiresAt);
  const request = {
    scheme,
    host,
    path,
    method,
    timeoutMs: ANSWER_MS,
    untilEnd: true,
    ...(token === null ? {} : { trace: token }),
  };
  const visit: Visit = await proxy.visit(request, logId);
  if (visit.kind === 'failed') return { kind: 'failed', url, cause: visit.cause, detail: visit.detail };
  const { status, headers, timings, bodyProblem } = visit;
  // Temporal keeps the answer, and the query string of a redirect to a sign-in holds its state.
  const to = headers['location'];
  const trace = token === null ? null : traceIn(headers, token);
  const spent =
    timings === undefined
      ? []
      : Object.entries(timings).flatMap(([part, ms]) => (ms === null ? [] : `${part} ${ms} ms`));
  const location = to === undefined ? null : withoutQuery(to);
  const answer = { url, status, location, trace, timings: spent.join(', ') };
  return { kind: 'answered', ...answer, ...(bodyProblem === undefined ? {} : { bodyProblem }) };
}
