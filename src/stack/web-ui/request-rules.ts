// The door in front of Temporal's Web UI, which itself answers every host name and every page. May import node alone.
import type { IncomingMessage } from 'node:http';

/** Names under which a person reaches this machine itself. A page of another site cannot have them in its address. */
const OWN_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;

/** Methods that change nothing (RFC 9110, 9.2.1). */
const SAFE = new Set(['GET', 'HEAD']);

/**
 * Returns why a request to the Web UI is refused; null: it may pass. A name that is not of this machine comes from a page
 * that had its own name resolve to this machine (DNS rebinding), and another origin from a page of another site. Links from
 * elsewhere work.
 */
export function refusalOf({ method = 'GET', headers }: Pick<IncomingMessage, 'method' | 'headers'>): string | null {
  const { host = '', origin } = headers;
  if (!OWN_HOST.test(host)) return 'the Web UI answers only under localhost, 127.0.0.1 and [::1]';
  const isSafe = SAFE.has(method);
  if (origin !== undefined && origin !== `http://${host}` && !(isSafe && isNavigation(headers))) return OTHER_SITE;
  const site = headers['sec-fetch-site'] ?? 'none';
  if (site === 'same-origin' || site === 'none') return null;
  return isSafe && isNavigation(headers) ? null : OTHER_SITE;
}

const OTHER_SITE = 'the request comes from a page of another site';

/** A person follows a link. Pages cannot set headers that start with `Sec-` (Fetch Metadata). */
function isNavigation(headers: IncomingMessage['headers']): boolean {
  return headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
}
