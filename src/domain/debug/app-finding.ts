import type { Trace } from '../caddy/visits/trace.js';
import { requiresSignIn } from '../identity/access.js';
import { middlewareOf } from '../middleware/list.js';
import { bodyProblemText, type BodyProblem } from '../serving/body-problem.js';
import type { ServedRoute } from '../serving/served-route.js';
import { selfAnswer } from '../serving/upstream-check.js';
import { cause, type Cause } from './cause.js';
import type { AnswerSeen, Evidence } from './evidence.js';
import { patienceOf } from './upstream-advice.js';

type Answered = Extract<AnswerSeen, { readonly kind: 'answered' }>;

/** Returns the finding about what the app itself did with the request; null: it did well, or the proxy answered. */
export function appFinding({ served, asked, now }: Evidence, seen: AnswerSeen): Cause | null {
  if (served === null || selfAnswer(served.route) !== null) return null;
  const isGuarded = requiresSignIn(served.route) && !(served.bypass !== null && served.bypass.until > now);
  if (seen.kind === 'failed') return seen.cause === 'timeout' && !isGuarded ? lateFinding(served, seen) : null;
  const { trace, status } = seen;
  if (isGuarded && trace?.isSignedIn !== true) return null;
  if (seen.bodyProblem !== undefined) return bodyFinding(seen, seen.bodyProblem);
  if (trace === null || trace.upstream === null || trace.error !== null || trace.upstreamStatus !== status) return null;
  const path = asked.path.split('?')[0] ?? '/';
  const log = `look at the log of the app at ${trace.upstream}`;
  if (status >= 500) {
    return cause('UpstreamErrors', 'error', {
      detail: `the app at ${trace.upstream} itself answers ${status} on ${path}`,
      advice: `${log.replace('look', 'Look')}`,
    });
  }
  if (status < 400) return null;
  const { problem, command } = otherHost(served, asked.host, trace.upstream);
  const orHost = `. If the ${problem}, ${command}`;
  if (status === 404) return notFound(served, trace, { path, orHost });
  const advice: Readonly<Record<number, string>> = {
    400: `Correct the request, or ${log}${orHost}`,
    401: `Sign in to the app, or ${log}`,
    403: `Give the visitor the right in the app, or ${log}${orHost}`,
    405: `Use a method that the app takes on this path, or ${log}`,
    413: `Raise the limit of the app for bodies, or ${log}`,
    421: `The ${problem}; ${command}`,
  };
  return cause('AppRefuses', 'warning', {
    detail: `the app at ${trace.upstream} itself answers ${status} to ${asked.method} ${path}, not the proxy`,
    advice: advice[status] ?? `Correct the request, or ${log}`,
  });
}

function lateFinding(served: ServedRoute, { url, detail }: Extract<AnswerSeen, { readonly kind: 'failed' }>): Cause {
  const { ms, text } = patienceOf(served);
  return cause('UpstreamTimeout', ms === null ? 'error' : 'warning', {
    detail: `${url} gets ${detail}; ${text}`,
    advice: 'Look at the log of the app for what takes so long',
  });
}

function bodyFinding({ url, status, trace }: Answered, problem: BodyProblem): Cause {
  const app = `the app${trace?.upstream ? ` at ${trace.upstream}` : ''}`;
  const detail = `${url} answers ${status}, and ${bodyProblemText(problem)}`;
  switch (problem.kind) {
    case 'broken':
      return cause('UpstreamBreaksOff', 'error', { detail, advice: `Look at the log of ${app}` });
    case 'silent':
      return cause('AnswerUnending', 'error', { detail, advice: `Look at the log of ${app}` });
    case 'undecodable':
      return cause('AnswerUndecodable', 'error', { detail, advice: `Correct the Content-Encoding that ${app} sends` });
  }
}

/** The `Host` that the proxy sends an app, and the way out when the app does not serve it: another one. */
export function otherHost({ route, pool, backup, failover }: ServedRoute, visited: string, dial: string) {
  const { domain, headers, middleware } = route;
  const told = middlewareOf(middleware).find(({ requestHeader }) => requestHeader?.name.toLowerCase() === 'host');
  const given = Object.entries(headers).find(([name]) => name.toLowerCase() === 'host')?.[1];
  const isTls = (failover ? backup : pool)?.tls != null;
  // Over TLS Caddy sends a server its own address.
  const isOwn = told === undefined ? given === undefined && isTls : told.text.endsWith('=upstream');
  const sent = isOwn ? dial : told === undefined && given !== undefined ? given : visited;
  const [other, fact] = isOwn ? ['the host of the visitor', 'host'] : ['its own address', 'upstream'];
  return {
    sent,
    problem: `app does not serve the host ${sent}`,
    command: `send it ${other} as Host: hecate update route --domain ${domain} --middleware tell:Host=${fact}`,
  };
}

function notFound(
  { route }: ServedRoute,
  { upstream, path }: Trace,
  asked: { readonly path: string; readonly orHost: string },
): Cause {
  const isChanged = path !== null && path !== asked.path;
  return cause('NotFound', 'warning', {
    detail: `${upstream}${isChanged ? `, which got the path ${path},` : ''} answers 404`,
    advice: isChanged
      ? `Compare the path with the middleware of the route: hecate read route --domain ${route.domain}`
      : `Correct the path, or look at the log of the app at ${upstream}${asked.orHost}`,
  });
}
