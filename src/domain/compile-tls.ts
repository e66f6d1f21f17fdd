import { GENERATION_HOST } from './generation-host.js';
import type { Json } from './json.js';
import type { ServedRoute } from './served-route.js';

/** How handshakes are met, host by host. Only these names get a certificate; a handshake for any other name is refused. */
export function connectionPolicies(routes: readonly ServedRoute[]): Json[] {
  return [{ match: { sni: [...routes.map(({ route }) => route.domain), GENERATION_HOST] } }];
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
