import { requiresSignIn } from '../identity/access.js';
import { bypassHandler } from './bypass.js';
import { middlewareHandlers } from './middleware.js';
import { answerProbe } from './visits/probe.js';
import { identityHeaders, OUTPOST_PATHS, SIGN_IN_ROUTE } from './sign-in.js';
import { forceHttps } from './tls/connection-policies.js';
import type { PublicPorts } from './public-port.js';
import { upstreamHandlers } from './upstream.js';
import type { Json } from '../data/json.js';
import type { ResolvedSecrets } from '../middleware/resolved-secrets.js';
import type { ServedHost } from '../serving/hosts.js';
import type { ServedRoute } from '../serving/served-route.js';

/** The Caddy route of one host. */
export function caddyRoute({ host, served }: ServedHost, ports: PublicPorts, secrets: ResolvedSecrets): Json {
  return { match: [{ host: [host] }], handle: routeHandlers(served, ports, secrets), terminal: true };
}

/**
 * The handlers of a route in the order in which a request passes them: the probe, the redirect to HTTPS, guards
 * (middleware that turns requests away), sign-in, transforms (middleware that changes requests), the upstream.
 */
export function routeHandlers(served: ServedRoute, ports: PublicPorts, secrets: ResolvedSecrets): Json[] {
  const { route, revision } = served;
  const { guards, transforms } = middlewareHandlers(route, secrets);
  const answer = (streams: Json = {}) => [...transforms, ...upstreamHandlers(served, streams)];
  return [
    ...answerProbe(revision),
    ...(route.tls.forceHTTPS ? [forceHttps(ports)] : []),
    ...guards,
    ...signIn(served, answer),
    ...answer(),
  ];
}

/** Requires sign-in, unless it is bypassed. */
function signIn({ route, bypass }: ServedRoute, answer: (streams: Json) => readonly Json[]): Json[] {
  if (!requiresSignIn(route)) return [];
  // The proxies of the bypass run no health checks: the route's own proxy runs them.
  const open = (streams: Json) => answer({ ...streams, health_checks: undefined });
  const invoke = { handler: 'invoke', name: SIGN_IN_ROUTE };
  return [identityHeaders(), ...(bypass ? [bypassHandler(bypass, OUTPOST_PATHS, open)] : []), invoke];
}
