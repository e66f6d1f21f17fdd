import { requiresSignIn } from '../identity/access.js';
import { middlewareOf } from '../middleware/list.js';
import { bytesOf } from '../middleware/kinds/max-body.js';
import type { Middleware } from '../middleware/kind.js';
import { upstreamNeed } from '../resources/route.js';
import { selfAnswer } from '../serving/upstream-check.js';
import { addressFinding } from './address-findings.js';
import { appFinding } from './app-finding.js';
import { cause, type Cause } from './cause.js';
import type { Evidence } from './evidence.js';
import { circleFinding, redirectFinding } from './redirect-finding.js';

/** Findings about the sign-in of the route. */
export function accessFindings({ served, signIn, missingPolicy, now, answer, asked }: Evidence): Cause[] {
  if (served === null || !requiresSignIn(served.route)) return [];
  const { domain } = served.route;
  if (missingPolicy !== null) {
    const detail = `the auth policy ${missingPolicy} of ${domain} does not exist`;
    return [
      cause('PolicyMissing', 'error', {
        detail,
        advice: `Create it: hecate create auth-policy --name ${missingPolicy} --provider authentik --groups GROUP`,
      }),
    ];
  }
  const { bypass } = served;
  if (bypass !== null && bypass.until > now) {
    const detail = `the sign-in of ${domain} is bypassed until ${bypass.until}`;
    return [
      cause('Bypassed', 'warning', {
        detail,
        advice: `End it: hecate update route --domain ${domain} --auth-bypass=off`,
      }),
    ];
  }
  if (!('seen' in signIn)) {
    return 'skipped' in signIn && signIn.skipped.startsWith('no identity provider')
      ? [
          cause('NoIdentityProvider', 'error', {
            detail: `${domain} requires sign-in, but ${signIn.skipped}`,
            advice: 'Set HECATE_AUTHENTIK_URL and HECATE_AUTHENTIK_TOKEN_FILE, and start the worker again.',
          }),
        ]
      : [];
  }
  const { problems, missingGroups, drift, asks } = signIn.seen;
  const test = 'See all checks: hecate read test auth';
  const repair = 'Repair it: hecate update state reconcile';
  const [first] = problems;
  if (first !== undefined) {
    return [
      cause('IdentityProviderFails', 'error', {
        detail: `sign-in does not work: ${first.name}: ${first.detail}`,
        advice: test,
      }),
    ];
  }
  if (missingGroups.length > 0) {
    const detail = `authentik has no group ${missingGroups.join(', ')}, which the policy ${served.route.authPolicy ?? ''} allows`;
    const advice = `Create it in authentik, or allow another one: hecate update auth-policy --name ${served.route.authPolicy ?? ''} --groups GROUP`;
    return [cause('GroupMissing', 'error', { detail, advice })];
  }
  if (drift.length > 0) return [cause('SignInDrift', 'error', { detail: drift.join('; '), advice: repair })];
  if (isAnsweredByApp(answer)) {
    const detail = `${asked.host} answers without sign-in, although ${domain} requires it`;
    return [cause('SignInOpen', 'error', { detail, advice: repair })];
  }
  return asks === false
    ? [
        cause('SignInMissing', 'error', {
          detail: `the outpost of authentik does not ask visitors of ${asked.host} to sign in`,
          advice: test,
        }),
      ]
    : [];
}

function isAnsweredByApp(answer: Evidence['answer']): boolean {
  return (
    'seen' in answer &&
    answer.seen.kind === 'answered' &&
    answer.seen.status < 300 &&
    answer.seen.trace?.isSignedIn !== true
  );
}

/** Findings about middleware that answers instead of the upstream: as somebody wants it, so each is a warning. */
export function middlewareFindings(evidence: Evidence): Cause[] {
  const { served, answer } = evidence;
  if (served === null) return [];
  const status = 'seen' in answer && answer.seen.kind === 'answered' ? answer.seen.status : null;
  return middlewareOf(served.route.middleware).flatMap((one) => middlewareFinding(one, status, evidence) ?? []);
}

function middlewareFinding(one: Middleware, status: number | null, evidence: Evidence): Cause | null {
  const { served, asked, answer } = evidence;
  const domain = served?.route.domain ?? asked.host;
  const update = `hecate update route --domain ${domain}`;
  const remove = `Take it away: ${update} --remove-middleware ${one.kind.name}${needsUpstream(one, evidence) ? ' --upstream HOST:PORT' : ''}`;
  const warn = (name: Parameters<typeof cause>[0], detail: string, advice = remove) =>
    cause(name, 'warning', { detail, advice });
  const trace = 'seen' in answer && answer.seen.kind === 'answered' ? answer.seen.trace : null;
  switch (one.kind.name) {
    case 'maintenance':
      return warn('Maintenance', `${domain} is in maintenance, so visitors get 503`);
    case 'redirect':
      return one.sendsTo === undefined
        ? null
        : warn('RedirectedAway', `${one.text} sends every visitor of ${domain} to ${one.sendsTo}`);
    case 'ip-allow':
    case 'ip-deny':
      return addressFinding(one, evidence);
    case 'rate-limit': {
      const all = limitsOf(evidence);
      if (one.text !== all[0] || status !== 429 || trace?.upstreamStatus === 429) return null;
      // Each flag replaces the limit with the same key, so that no smaller one is left.
      const flags = all.map((text) => `--middleware ${text.replace(/:\d+/, ':N')}`);
      return warn(
        'RateLimited',
        `${all.join(' or ')} refuses this client, which asked too often`,
        `Allow more: ${update} ${flags.join(' ')}`,
      );
    }
    case 'max-body': {
      const most = bytesOf(one.argument ?? '');
      const isTooLarge = asked.bodySize !== null && most !== null && asked.bodySize > most;
      return isTooLarge
        ? warn(
            'BodyTooLarge',
            `${one.text} refuses a body of ${asked.bodySize} bytes with 413`,
            `Allow more: ${update} --middleware max-body:SIZE`,
          )
        : null;
    }
    case 'basic-auth':
      if (status === 503 && trace?.upstream === null)
        return cause('SecretMissing', 'error', {
          detail: `the secret ${one.argument ?? ''} of ${domain} is missing from Vault`,
          advice: `See: hecate read secret --name ${one.argument ?? ''}`,
        });
      return status === 401 && !trace?.upstream
        ? warn(
            'PasswordNeeded',
            `${one.text} asks for a user name and password`,
            `See who has one: hecate read secret --name ${one.argument ?? ''}`,
          )
        : null;
    default:
      return null;
  }
}

/** All limits of the route, of which the answer does not name the one that refuses. */
function limitsOf({ served }: Evidence): string[] {
  const all = middlewareOf(served?.route.middleware ?? []);
  return all.filter(({ kind }) => kind.name === 'rate-limit').map(({ text }) => text);
}

/** True when the route would have no answer without this middleware. */
function needsUpstream(one: Middleware, { served }: Evidence): boolean {
  if (served === null) return false;
  const left = served.route.middleware.filter((text) => text !== one.text);
  return upstreamNeed({ ...served.route, middleware: left }) !== null;
}

/** Findings about the answer itself, which count when nothing before explains it. */
export function answerFindings(evidence: Evidence): Cause[] {
  const { answer, served, asked } = evidence;
  const domain = served?.route.domain ?? asked.host;
  const circle = circleFinding(evidence);
  if (circle !== null) return [circle];
  if (!('seen' in answer)) return [];
  const { seen } = answer;
  const look = `Look at: hecate read route health --domain ${domain}`;
  const own = appFinding(evidence, seen);
  if (own !== null) return [own];
  const redirect = redirectFinding(evidence, seen);
  if (redirect !== null) return [redirect];
  if (seen.kind === 'failed')
    return [cause('RequestFailed', 'error', { detail: `${seen.url} gets no answer: ${seen.detail}`, advice: look })];
  const { status, url, trace } = seen;
  if (status < 500 || served === null || selfAnswer(served.route) !== null) return [];
  const why = trace?.error ? `: ${trace.error}` : trace?.upstream ? ` from ${trace.upstream}` : '';
  return [cause('RequestFailed', 'error', { detail: `${url} answers ${status}${why}`, advice: look })];
}
