import { suitesOf12 } from '../../values/cipher-suites.js';
import { certificateOfSecret, certificateTag, pairTag } from './certificates.js';
import { overPlainHttp } from '../../middleware/visitor.js';
import { GENERATION_HOST, isWildcard } from '../../values/network/domain-name.js';
import { portSuffix, type PublicPorts } from '../public-port.js';
import type { Json } from '../../data/json.js';
import type { ResolvedSecrets } from '../../middleware/resolved-secrets.js';
import type { Route } from '../../resources/route.js';
import type { ServedHost } from '../../serving/hosts.js';

/**
 * Returns Caddy's TLS settings by host, in the order in which Caddy tries them. Caddy refuses handshakes for hosts that are
 * neither here nor in `more`.
 */
export function connectionPolicies(
  hosts: readonly ServedHost[],
  secrets: ResolvedSecrets,
  more: readonly string[] = [],
): Json[] {
  const isOpen = ({
    served: {
      route: { tls },
    },
  }: ServedHost) =>
    (tls.certificate === null || secrets.keys.has(tls.certificate.fingerprint)) &&
    (tls.secret === undefined || certificateOfSecret(tls.secret, secrets) !== null);
  const termsOf = ({ served: { route } }: ServedHost) => terms(route, secrets);
  const isUsual = (one: ServedHost) => Object.keys(termsOf(one)).length === 0;
  const closed = hosts.filter((one) => !isOpen(one));
  const special = hosts.filter((one) => isOpen(one) && !isUsual(one));
  const usual = hosts.filter((one) => isOpen(one) && isUsual(one));
  return [
    // Refuse handshakes for hosts without their key. Caddy would serve another certificate, such as a wildcard's.
    ...(closed.length === 0 ? [] : [{ match: { sni: namesOf(closed) }, drop: true }]),
    ...grouped(
      special.filter(({ host }) => !isWildcard(host)),
      termsOf,
    ),
    { match: { sni: [...namesOf(usual), ...more, GENERATION_HOST] } },
    // After the exact hosts, since Caddy takes the first match. No host matches two wildcards: each stands for one label.
    ...grouped(
      special.filter(({ host }) => isWildcard(host)),
      termsOf,
    ),
  ];
}

/** One policy for all hosts with the same settings. */
function grouped(hosts: readonly ServedHost[], termsOf: (host: ServedHost) => Terms): Json[] {
  const groups = new Map<string, ServedHost[]>();
  for (const one of hosts) {
    const key = JSON.stringify(termsOf(one));
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return [...groups.values()].flatMap((group) =>
    group[0] ? [{ match: { sni: namesOf(group) }, ...termsOf(group[0]) }] : [],
  );
}

type Terms = Readonly<Record<string, unknown>>;

/** Settings of a route that differ from Caddy's defaults. */
function terms({ tls }: Route, secrets: ResolvedSecrets): Terms {
  const pair = tls.secret === undefined ? null : certificateOfSecret(tls.secret, secrets);
  const suites = suitesOf12(tls.ciphers);
  return {
    ...(tls.minVersion === '1.2' ? {} : { protocol_min: `tls${tls.minVersion}` }),
    ...(suites.length === 0 ? {} : { cipher_suites: suites }),
    ...(tls.certificate === null
      ? {}
      : { certificate_selection: { any_tag: [certificateTag(tls.certificate.fingerprint)] } }),
    ...(pair === null ? {} : { certificate_selection: { any_tag: [pairTag(pair)] } }),
  };
}

function namesOf(hosts: readonly ServedHost[]): string[] {
  return hosts.map(({ host }) => host);
}

/**
 * The handler that redirects visitors on plain HTTP to the same address on HTTPS. The port in the request's `Host` stays,
 * unless it is one of plain HTTP: 80, or the one on which Caddy serves HTTP. Then, and without a port, it is the public one.
 */
export function forceHttps({ httpPort, publicHttpsPort }: PublicPorts): Json {
  const ofHttp = { vars: { '{http.request.port}': [...new Set(['', '80', String(httpPort)])] } };
  const to = (address: string) => ({
    handle: [
      {
        handler: 'static_response',
        status_code: 308,
        headers: { Location: [`https://${address}{http.request.uri}`] },
      },
    ],
    terminal: true,
  });
  return {
    handler: 'subroute',
    routes: [
      { match: [{ ...overPlainHttp, not: [ofHttp] }], ...to('{http.request.hostport}') },
      { match: [overPlainHttp], ...to(`{http.request.host}${portSuffix(publicHttpsPort)}`) },
    ],
  };
}
