import { isWildcard } from '../values/network/domain-name.js';
import { withHealthCheck } from '../serving/pool.js';
import type { ServedRoute } from '../serving/served-route.js';
import { selfAnswer, VISIT_TIMEOUT_MS } from '../serving/upstream-check.js';
import { cause, type Cause, type CauseName } from './cause.js';
import type { Evidence, ServerSeen } from './evidence.js';
import {
  askBy,
  certificateAdvice,
  mendCertificate,
  patienceOf,
  pointElsewhere,
  stopCanary,
} from './upstream-advice.js';

/** Says which route answers, and why. */
export function routingText({ served, asked }: Evidence): string {
  if (served === null) return '';
  const { domain } = served.route;
  return isWildcard(domain) && domain !== asked.host
    ? `${domain} answers, since no route is named ${asked.host} itself`
    : `${domain} answers`;
}

/** Findings about the choice of the route. */
export function routingFindings(evidence: Evidence): Cause[] {
  const { served, asked, similar, answeredBy } = evidence;
  if (served === null) return [noRoute(evidence)];
  if (!('seen' in answeredBy) || answeredBy.seen === null || answeredBy.seen === served.revision) return [];
  const answers = answeredBy.seen === 'none' ? 'no route' : `a route of revision ${answeredBy.seen}`;
  const detail = `${answers} answers ${asked.host}, not ${served.route.domain} of revision ${served.revision}`;
  const other = similar.length === 0 ? '' : `; the log also has ${similar.join(', ')}`;
  return [
    cause('WrongRoute', 'error', {
      detail: detail + other,
      advice: 'Write the configuration again: hecate update state reconcile',
    }),
  ];
}

function noRoute({ asked, similar }: Evidence): Cause {
  const wildcard = similar.find((one) => isWildcard(one) && asked.host.endsWith(one.slice(1)));
  const why =
    wildcard !== undefined
      ? `; ${wildcard} does not match, because a wildcard stands for one label only`
      : similar.length > 0
        ? `; the nearest ${similar.length === 1 ? 'is' : 'are'} ${similar.join(', ')}`
        : '';
  return cause('NoRoute', 'error', {
    detail: `no route has the host ${asked.host}${why}`,
    advice: `Create it: hecate create route --domain ${asked.host} --upstream HOST:PORT`,
  });
}

const NAMES: Record<NonNullable<ServerSeen['problem']>['cause'], CauseName> = {
  refused: 'UpstreamRefuses',
  timeout: 'UpstreamTimeout',
  name: 'UpstreamNameUnknown',
  network: 'UpstreamUnreachable',
  remote: 'UpstreamUnreachable',
  tls: 'UpstreamTLSFails',
  'tls-expected': 'UpstreamSpeaksTLS',
  protocol: 'UpstreamNotHTTP',
  malformed: 'UpstreamAnswerRefused',
  broken: 'UpstreamBreaksOff',
  status: 'UpstreamErrors',
};

/** Findings about the servers of the route. A server is no failure while another one of its side answers. */
export function serverFindings(evidence: Evidence): Cause[] {
  const { served, servers } = evidence;
  if (!('seen' in servers) || served === null || selfAnswer(served.route) !== null) return [];
  const { route, pool, failover } = served;
  const missing =
    pool === null && failover === null
      ? [
          cause('UpstreamMissing', 'error', {
            detail:
              route.upstream === null
                ? `${route.domain} has no upstream`
                : `the upstream ${route.upstream} does not exist`,
            advice: `Give it one: hecate update route --domain ${route.domain} --upstream HOST:PORT`,
          }),
        ]
      : [];
  const inFailover = failover
    ? [
        cause('InFailover', 'warning', {
          detail: `the backup of ${route.domain} answers since ${failover.since}`,
          advice: `End it when its own upstream answers again: hecate update route --domain ${route.domain} --failover=off`,
        }),
      ]
    : [];
  const well = new Set(
    servers.seen.filter(({ problem, part }) => problem === null && part === null).map(({ role }) => role),
  );
  return [
    ...missing,
    ...servers.seen.flatMap((one) => findingsOf(stillAnswering(one, served, evidence), served, well.has(one.role))),
    ...inFailover,
  ];
}

/** Says of a server whose health check fails that visitors get its answers until Caddy takes it out. */
function stillAnswering(one: ServerSeen, served: ServedRoute, { answer }: Evidence): ServerSeen {
  const { problem, dial } = one;
  if (problem === null || !problem.isCheck || !('seen' in answer) || answer.seen.kind === 'failed') return one;
  const { status, trace } = answer.seen;
  const pool = served.failover ? served.backup : served.pool;
  const threshold = pool === null ? null : withHealthCheck(pool, served.route).healthCheck?.failureThreshold;
  if (trace?.upstream !== dial || status >= 500 || threshold == null) return one;
  const until =
    threshold === 1 ? 'the check of Caddy fails' : `the check of Caddy has failed ${threshold} times in a row`;
  return { ...one, problem: { ...problem, text: `${problem.text}; visitors still get ${status} until ${until}` } };
}

function findingsOf({ role, dial, problem, part }: ServerSeen, served: ServedRoute, hasOther: boolean): Cause[] {
  const { domain } = served.route;
  if (part !== null) {
    const name = part.kind === 'entrance' ? 'UpstreamLoop' : 'UpstreamIsHecate';
    const advice =
      role === 'canary'
        ? `Stop the canary: ${stopCanary(served)}`
        : `Point it elsewhere: ${pointElsewhere(served, dial, role)}`;
    return [cause(name, 'error', { detail: part.text, advice })];
  }
  if (problem === null) return [];
  const who = role === 'upstream' ? dial : `${dial}, the ${role},`;
  const secure = problem.tlsProblem;
  const notAccepted =
    secure === undefined ? '' : `; Caddy would not accept it as an HTTPS server either, because ${secure}`;
  const detail = `${who} ${problem.text}${notAccepted}`;
  if (hasOther || role === 'backup') {
    return [
      cause('ServerDown', 'warning', {
        detail,
        advice: `See all of them: hecate read route health --domain ${domain}`,
      }),
    ];
  }
  if (role === 'canary')
    return [
      cause(nameOf(problem), 'error', {
        detail,
        advice: `Stop the canary: ${stopCanary(served)}`,
      }),
    ];
  const advice = adviceFor(problem, dial, served);
  if (problem.cause === 'timeout' && !problem.isCheck) {
    const { ms, text } = patienceOf(served);
    if (ms === null || ms > VISIT_TIMEOUT_MS) {
      return [cause('UpstreamTimeout', ms === null ? 'error' : 'warning', { detail: `${detail}; ${text}`, advice })];
    }
  }
  return [cause(nameOf(problem), 'error', { detail, advice })];
}

function nameOf({ cause: why, isCheck }: NonNullable<ServerSeen['problem']>): CauseName {
  return isCheck && why === 'status' ? 'HealthCheckFails' : NAMES[why];
}

function adviceFor(problem: NonNullable<ServerSeen['problem']>, dial: string, served: ServedRoute): string {
  const elsewhere = pointElsewhere(served, dial);
  const advice: Partial<Record<CauseName, string>> = {
    UpstreamRefuses: `Start the server at ${dial}, or correct its port: ${elsewhere}`,
    UpstreamNameUnknown: `Correct the name: ${elsewhere}`,
    UpstreamSpeaksTLS:
      problem.tlsProblem === undefined
        ? `Ask it by HTTPS: ${askBy('https', served, dial)}`
        : `${mendCertificate(problem.tlsProblem, dial)}. Then ask it by HTTPS: ${askBy('https', served, dial)}`,
    UpstreamTLSFails: problem.text.includes('does not speak TLS')
      ? `Ask it by plain HTTP: ${askBy('http', served, dial)}`
      : certificateAdvice(problem.text, dial, elsewhere),
    UpstreamNotHTTP: `Correct the port: ${elsewhere}`,
    UpstreamAnswerRefused: `Correct the headers that the app at ${dial} sends`,
    UpstreamTimeout: `Look at the log of the app at ${dial} for what takes so long, or point the route elsewhere: ${elsewhere}`,
    UpstreamBreaksOff: `Look at the log of the app at ${dial}`,
    HealthCheckFails: `Correct the check: hecate update route --domain ${served.route.domain} --health-check-path PATH`,
  };
  return advice[nameOf(problem)] ?? `Look at the server at ${dial}, or point the route elsewhere: ${elsewhere}`;
}
