import type { Json } from '../data/json.js';
import { ask } from '../middleware/kinds/basic-auth.js';
import type { ResolvedSecrets } from '../middleware/resolved-secrets.js';
import { ADMIN_PASSWORD } from '../secrets/caddy-admin-password.js';
import { PRIVATE_RANGES } from '../values/network/ip-range.js';
import { refusedAs } from '../middleware/refused.js';
import { forceHttps } from './tls/connection-policies.js';
import type { PublicPorts } from './public-port.js';

/** The host under which a Caddy serves its own admin API. */
export interface AdminAccess {
  /** Exact host name. No route has it. */
  readonly host: string;
  /** Address of the admin endpoint as this Caddy dials it: `host:port` or `unix//path`. */
  readonly dial: string;
}

/**
 * The route of Caddy's admin API: for private addresses, over HTTPS, with the password of the secret. Everything can be read;
 * written can be only what lies below `apps` and `logging`, so that nobody stops Caddy or closes the endpoint that Hecate
 * uses. Requests that pages of other sites send are refused, since browsers add the password to them.
 */
export function adminRoute({ host, dial }: AdminAccess, ports: PublicPorts, { values }: ResolvedSecrets): Json {
  return {
    match: [{ host: [host] }],
    handle: [
      only([{ client_ip: { ranges: PRIVATE_RANGES } }], 'only from private addresses\n'),
      forceHttps(ports),
      only([{ not: [{ header: { Origin: ['*'] } }, { header: { 'Sec-Fetch-Site': ['*'] } }] }, ...own(host)], FOREIGN),
      ...ask(values.get(ADMIN_PASSWORD) ?? []),
      only([{ method: ['GET', 'HEAD'] }, { path: WRITABLE }], 'only apps and logging can be changed here\n'),
      toAdmin(dial),
    ],
    terminal: true,
  };
}

/** Paths that other methods than GET and HEAD may use. `/adapt` changes nothing. */
const WRITABLE = ['/config/apps', '/config/apps/*', '/config/logging', '/config/logging/*', '/adapt'];
const FOREIGN = 'not from pages of other sites\n';

/** Matches requests of the host's own pages, and addresses that somebody typed. */
function own(host: string): Json[] {
  const origin = { header_regexp: { Origin: { pattern: `^https://${host.replaceAll('.', '\\.')}(:[0-9]+)?$` } } };
  return [
    { ...origin, not: [{ header: { 'Sec-Fetch-Site': ['cross-site', 'same-site'] } }] },
    { header: { 'Sec-Fetch-Site': ['same-origin', 'none'] }, not: [{ header: { Origin: ['*'] } }] },
  ];
}

/** Refuses requests that match none of these. */
function only(match: readonly Json[], body: string): Json {
  const refusal = { handler: 'static_response', status_code: 403, body };
  return {
    handler: 'subroute',
    routes: [{ match: [{ not: match }], handle: [refusedAs('other'), refusal], terminal: true }],
  };
}

/** Caddy refuses a `Host` that is not its admin address, and requests that look like those of a page. */
function toAdmin(dial: string): Json {
  const removed = ['Origin', 'Referer', 'Cookie', 'Sec-Fetch-*', 'X-Forwarded-*'];
  return {
    handler: 'reverse_proxy',
    upstreams: [{ dial }],
    headers: { request: { set: { Host: [dial.startsWith('unix/') ? 'localhost' : dial] }, delete: removed } },
  };
}
