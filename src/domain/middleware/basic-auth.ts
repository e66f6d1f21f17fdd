import type { Json } from '../data/json.js';
import { isBcryptHash } from '../values/bcrypt.js';
import { literal } from './handlers.js';
import { secretName } from '../values/name.js';
import { takenAway } from './taken-away.js';
import { WHOLE_KIND, type MiddlewareKind } from './kind.js';

/**
 * Requires a user name and password from a secret. When Vault does not have the accounts, nobody passes. The proxy removes
 * the password: neither the upstream nor the identity provider receives it.
 */
export const basicAuth: MiddlewareKind = {
  name: 'basic-auth',
  summary:
    'Asks for a user name and password of a secret; the upstream does not see them. Answers 503 while the secret is missing.',
  form: 'basic-auth:SECRET, the name of a secret with user names and passwords',
  stage: 'guard',
  losses: takenAway('access', 'nobody is asked for its password'),
  read(argument) {
    const { data: secret, error } = secretName.safeParse(argument ?? '');
    if (error) return error.issues[0]?.message ?? 'not the name of a secret';
    return { argument: secret, replaces: WHOLE_KIND, handlers: ({ secrets }) => ask(secrets.values.get(secret) ?? {}) };
  },
};

function ask(hashes: Readonly<Record<string, string>>): Json[] {
  // Caddy refuses its whole configuration when one hash is invalid.
  const accounts = Object.entries(hashes)
    .filter(([user, hash]) => user !== '' && isBcryptHash(hash))
    .map(([user, hash]) => ({ username: literal(user), password: hash }));
  if (accounts.length === 0) return [unavailable];
  // Without the cache, each request computes bcrypt again.
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

const BASIC_AUTH = /^basic-auth:([a-z0-9-]+)$/;

/** Returns the name of the secret in one middleware's text; null: it is not basic-auth. */
function basicAuthName(middleware: string): string | null {
  return BASIC_AUTH.exec(middleware)?.[1] ?? null;
}

/** Returns the names of the secrets that a route's basic-auth middleware uses. */
export function basicAuthOf({ middleware }: { readonly middleware: readonly string[] }): string[] {
  return middleware.flatMap((text) => basicAuthName(text) ?? []);
}
