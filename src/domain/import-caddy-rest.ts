import { isSame, objectOf, onlyKnown, type Foreign } from './import-caddy/json.js';
import type { Json } from './data/json.js';

/** What Hecate gives every Caddy itself. */
const OWN_PKI = { certificate_authorities: { local: { install_trust: false } } };

/**
 * Names what is no part of how requests are answered and has no counterpart either, such as logging. How a server is
 * administered, and on which ports, is its own affair.
 */
export function nameRest(config: Json, foreign: Foreign): void {
  const { http, tls, pki, ...apps } = objectOf(config['apps']);
  const automation = objectOf(objectOf(tls)['automation']);
  for (const key of ['logging', 'storage']) if (key in config) foreign(key, `${key} has no counterpart`);
  const isOwn = pki === undefined || isSame(pki, OWN_PKI);
  onlyKnown(isOwn ? apps : { pki, ...apps }, [], { path: 'apps', foreign });
  onlyKnown(objectOf(http), ['http_port', 'https_port', 'servers'], { path: 'apps/http', foreign });
  onlyKnown(objectOf(tls), ['automation', 'certificates'], { path: 'apps/tls', foreign });
  onlyKnown(automation, ['policies'], { path: 'apps/tls/automation', foreign });
}
