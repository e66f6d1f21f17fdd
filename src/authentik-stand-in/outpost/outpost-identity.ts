import { imitatedVersion } from '../store/seed.js';
import { signed } from '../store/signed-claims.js';
import type { Served } from './outpost-served.js';
import type { User } from '../store/state.js';

/** Returns the identity headers (`X-authentik-…`) for the application. */
export function outpostHeaders(served: Served, user: User, groups: readonly string[], host: string) {
  const { provider, application } = served;
  const { username, email, name, uid } = user;
  const claims = { sub: uid, email, name, preferred_username: username, groups, aud: provider.client_id };
  return {
    'X-Authentik-Username': ascii(username),
    'X-Authentik-Groups': ascii(groups.join('|')),
    'X-Authentik-Entitlements': '',
    'X-Authentik-Email': ascii(email),
    'X-Authentik-Name': ascii(name),
    'X-Authentik-Uid': uid,
    'X-Authentik-Jwt': signed({ ...claims, iss: `${host}/application/o/${application.slug}/` }, provider.client_secret),
    'X-Authentik-Meta-Jwks': `${host}/application/o/${application.slug}/jwks/`,
    'X-Authentik-Meta-Outpost': 'authentik Embedded Outpost',
    'X-Authentik-Meta-Provider': ascii(provider.name),
    'X-Authentik-Meta-App': application.slug,
    'X-Authentik-Meta-Version': `goauthentik.io/outpost/${imitatedVersion}`,
  };
}

/** Encodes a header value as UTF-8 bytes, since Node sends headers as Latin-1. */
const ascii = (text: string) => Buffer.from(text.replace(/[\r\n]/g, ' '), 'utf8').toString('latin1');
