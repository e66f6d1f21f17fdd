import { requiresSignIn } from '../identity/access.js';
import { bypassHandler } from './bypass.js';
import { middlewareHandlers } from './middleware.js';
import { answerProbe } from './probe.js';
import { identityHeaders, OUTPOST_PATHS, SIGN_IN_ROUTE } from './sign-in.js';
import { forceHttps } from './connection-policies.js';
import { upstreamHandler } from './upstream.js';
import type { Json } from '../data/json.js';
import type { ResolvedSecrets } from '../middleware/resolved-secrets.js';
import type { ServedRoute } from '../serving/served-route.js';

/**
 * The Caddy route of one Hecate route, in the order in which a request meets its parts: the probe, the redirect to HTTPS,
 * what keeps requests away, who the visitor is, what changes the request, the upstream.
 */
export function caddyRoute(served: ServedRoute, httpsPort: number, materials: ResolvedSecrets): Json {
  const { route, revision } = served;
  const { guards, transforms } = middlewareHandlers(route, materials);
  const answer = (streams: Json = {}) => [...transforms, upstreamHandler(served, streams)];
  return {
    match: [{ host: [route.domain] }],
    handle: [
      ...answerProbe(revision),
      ...(route.tls.forceHTTPS ? [forceHttps(httpsPort)] : []),
      ...guards,
      ...signIn(served, answer),
      ...answer(),
    ],
    terminal: true,
  };
}

/** Asks who a visitor is, unless that is bypassed. */
function signIn({ route, bypass }: ServedRoute, answer: (streams: Json) => readonly Json[]): Json[] {
  if (!requiresSignIn(route)) return [];
  // The bypass' own proxies check nothing by themselves: the route's does.
  const open = (streams: Json) => answer({ ...streams, health_checks: undefined });
  const invoke = { handler: 'invoke', name: SIGN_IN_ROUTE };
  return [identityHeaders(), ...(bypass ? [bypassHandler(bypass, OUTPOST_PATHS, open)] : []), invoke];
}
