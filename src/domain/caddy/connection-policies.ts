import { suitesOf12 } from '../values/cipher-suites.js';
import { certificateTag } from './certificates.js';
import { GENERATION_HOST } from '../values/domain-name.js';
import type { Json } from '../data/json.js';
import type { ResolvedSecrets } from '../middleware/resolved-secrets.js';
import type { Route } from '../resources/route.js';
import type { ServedRoute } from '../serving/served-route.js';

/** How handshakes are met, host by host. Only these names get a certificate; a handshake for any other name is refused. */
export function connectionPolicies(routes: readonly ServedRoute[], { keys }: ResolvedSecrets): Json[] {
  const isOpen = ({ route: { tls } }: ServedRoute) => tls.certificate === null || keys.has(tls.certificate.fingerprint);
  const isWild = ({ route }: ServedRoute) => route.domain.startsWith('*.');
  const isUsual = ({ route }: ServedRoute) => Object.keys(terms(route)).length === 0;
  const closed = routes.filter((served) => !isOpen(served));
  const special = routes.filter((served) => isOpen(served) && !isUsual(served));
  const usual = routes.filter((served) => isOpen(served) && isUsual(served));
  return [
    // Without its key a host would get another certificate, or fall to a wildcard's.
    ...(closed.length === 0 ? [] : [{ match: { sni: domainsOf(closed) }, drop: true }]),
    ...grouped(special.filter((served) => !isWild(served))),
    { match: { sni: [...domainsOf(usual), GENERATION_HOST] } },
    // Behind the exact hosts, since Caddy takes the first match; wildcards never match the same host.
    ...grouped(special.filter(isWild)),
  ];
}

/** One policy for all hosts that are met in the same way. */
function grouped(routes: readonly ServedRoute[]): Json[] {
  const groups = new Map<string, ServedRoute[]>();
  for (const served of routes) {
    const key = JSON.stringify(terms(served.route));
    const group = groups.get(key);
    if (group) group.push(served);
    else groups.set(key, [served]);
  }
  return [...groups.values()].flatMap((group) =>
    group[0] ? [{ match: { sni: domainsOf(group) }, ...terms(group[0].route) }] : [],
  );
}

/** What differs from Caddy's own choice. */
function terms({ tls }: Route): Readonly<Record<string, unknown>> {
  const suites = suitesOf12(tls.ciphers);
  return {
    ...(tls.minVersion === '1.2' ? {} : { protocol_min: `tls${tls.minVersion}` }),
    ...(suites.length === 0 ? {} : { cipher_suites: suites }),
    ...(tls.certificate === null
      ? {}
      : { certificate_selection: { any_tag: [certificateTag(tls.certificate.fingerprint)] } }),
  };
}

function domainsOf(routes: readonly ServedRoute[]): string[] {
  return routes.map(({ route }) => route.domain);
}

/** Answers plain HTTP with a redirect to the same address on HTTPS. */
export function forceHttps(httpsPort: number): Json {
  const port = httpsPort === 443 ? '' : `:${httpsPort}`;
  return {
    handler: 'subroute',
    routes: [
      {
        match: [{ protocol: 'http' }],
        handle: [
          {
            handler: 'static_response',
            status_code: 308,
            headers: { Location: [`https://{http.request.host}${port}{http.request.uri}`] },
          },
        ],
        terminal: true,
      },
    ],
  };
}
