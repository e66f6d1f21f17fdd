import type { Json } from '../json.js';
import { literal } from '../literal.js';
import type { MiddlewareKind } from './kind.js';

const SECRET_NAME = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;
/** Caddy would refuse its whole configuration for any other text. */
const BCRYPT = /^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/;

/**
 * Lets only those through who know a password. The accounts come from Vault; without them nobody passes. The password
 * is for the proxy: neither the upstream nor the identity provider receives it.
 */
export const basicAuth: MiddlewareKind = {
  name: 'basic-auth',
  form: 'basic-auth:SECRET, the name of a secret that holds user names and passwords',
  stage: 'guard',
  read(argument) {
    const secret = argument ?? '';
    if (!SECRET_NAME.test(secret)) return 'a secret’s name is 1–63 of a–z, 0–9 and inner hyphens';
    return { argument: secret, handlers: ({ materials }) => ask(materials.accounts.get(secret) ?? {}) };
  },
};

function ask(hashes: Readonly<Record<string, string>>): Json[] {
  const accounts = Object.entries(hashes)
    .filter(([user, hash]) => user !== '' && BCRYPT.test(hash))
    .map(([user, hash]) => ({ username: literal(user), password: hash }));
  if (accounts.length === 0) return [unavailable];
  // Without the cache each request of a page costs a whole bcrypt.
  const provider = { hash: { algorithm: 'bcrypt' }, accounts, hash_cache: {} };
  return [
    { handler: 'authentication', providers: { http_basic: provider } },
    { handler: 'headers', request: { delete: ['Authorization'] } },
  ];
}

const unavailable: Json = {
  handler: 'static_response',
  status_code: 503,
  headers: { 'Cache-Control': ['no-store'] },
  body: 'sign-in is not available\n',
};
