import { otherHost } from './app-finding.js';
import { cause, type Cause } from './cause.js';
import type { AnswerSeen, Evidence } from './evidence.js';

/** Returns the finding about redirects that go round in a circle; null: they do not. */
export function circleFinding({ redirected, served, asked }: Evidence): Cause | null {
  if (redirected?.kind !== 'circle') return null;
  const domain = served?.route.domain ?? asked.host;
  const advice = served?.route.tls.forceHTTPS
    ? `The app probably redirects to HTTP behind a proxy; tell it its public address, or end the redirect here, so that plain HTTP gets in: hecate update route --domain ${domain} --tls-force-https=off --force`
    : `Take the redirect out of the app or of the route: hecate read route --domain ${domain}`;
  return cause('RedirectLoop', 'error', { detail: redirected.text, advice });
}

/** Returns the finding about the target of a redirect; null: it is good, or it is of another server. */
export function redirectFinding({ redirected, served, asked }: Evidence, seen: AnswerSeen): Cause | null {
  if (redirected === null || served === null || seen.kind === 'failed') return null;
  // Another method than GET may have another answer.
  if (seen.status < 300 || seen.status >= 400) return null;
  const { kind, host, path, text } = redirected;
  const dial = seen.trace?.upstream ?? null;
  const address = `${new URL(seen.url).protocol}//${asked.host}`;
  const publicAddress = `its public address, ${address}, often called base URL`;
  switch (kind) {
    case 'circle':
      return null;
    case 'failing':
      return cause('RedirectFails', 'error', {
        detail: text,
        advice: `Follow it there: hecate read debug --domain ${host} --path ${asWord(path)}`,
      });
    case 'private':
    case 'own-port': {
      const { sent, command } = otherHost(served, asked.host, dial ?? '');
      const advice =
        sent.replace(/:\d+$/, '') === host
          ? `The app redirects to the Host that it gets, ${sent}; ${command}`
          : `Tell the app ${publicAddress}; Caddy sends it the visitor’s host in X-Forwarded-Host, and the scheme in X-Forwarded-Proto`;
      return cause('RedirectUnreachable', 'warning', { detail: text, advice });
    }
    case 'nowhere':
      return cause('RedirectUnreachable', 'warning', {
        detail: text,
        advice: `Tell the app ${publicAddress}, or create an A or AAAA record for ${host}`,
      });
    case 'unserved':
    case 'elsewhere': {
      const unless = kind === 'elsewhere' ? 'If no other server has this name, tell' : 'Tell';
      const advice = `${unless} the app ${publicAddress}, or create the route: hecate create route --domain ${host} --upstream HOST:PORT`;
      return cause('RedirectUnreachable', 'warning', { detail: text, advice });
    }
  }
}

/** Quotes a path for a shell where it needs that. */
function asWord(path: string): string {
  return /^[\w\-./~%:@+,]+$/.test(path) ? path : `'${path.replaceAll("'", '%27')}'`;
}
