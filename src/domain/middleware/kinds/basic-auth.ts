import { describeRequest } from '../described-request.js';
import type { Json } from '../../data/json.js';
import { isBcryptHash } from '../../values/bcrypt.js';
import { literal } from '../handlers.js';
import { refusedAs } from '../refused.js';
import { secretName } from '../../values/name.js';
import type { SecretValue } from '../resolved-secrets.js';
import { takenAway } from '../taken-away.js';
import { WHOLE_KIND, type MiddlewareKind } from '../kind.js';

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
    return { argument: secret, replaces: WHOLE_KIND, handlers: ({ secrets }) => ask(secrets.values.get(secret) ?? []) };
  },
};

/** Returns the handlers that ask for an account of any of these values. Nobody passes when none holds an account. */
export function ask(values: readonly SecretValue[]): Json[] {
  const [first, ...more] = providersOf(values);
  if (first === undefined) return [refusedAs('basic-auth'), unavailable];
  // A provider that refused a password has already set the header that asks for one.
  const unasked = { handler: 'headers', response: { delete: ['WWW-Authenticate'] } };
  return [
    // Caddy writes the user into the field of the log that has the description otherwise.
    ...describeRequest,
    ...(more.length === 0 ? [authentication(first)] : [anyOf(first, more), unasked]),
    { handler: 'headers', request: { delete: ['Authorization'] } },
  ];
}

/** Status of the error that leaves the first attempt of {@link anyOf} after a right password. No response has it. */
const PASSED = 299;

/**
 * Lets in who has an account of any provider; Caddy allows one password of a user in each. A right password raises an error
 * that ends the attempt, so that the handlers that follow run outside of it: once, whatever error they return.
 */
function anyOf(first: Json, [next, ...rest]: readonly Json[]): Json {
  if (next === undefined) return authentication(first);
  const refused = { not: [{ vars: { '{http.error.status_code}': [String(PASSED)] } }] };
  return {
    handler: 'subroute',
    routes: [{ handle: [authentication(first), { handler: 'error', status_code: PASSED }] }],
    errors: { routes: [{ match: [refused], handle: [anyOf(next, rest)] }] },
  };
}

function authentication(provider: Json): Json {
  return { handler: 'authentication', providers: { http_basic: provider } };
}

/** Returns Caddy's providers, without accounts that an earlier one has, and without those that have no account. */
function providersOf(values: readonly SecretValue[]): Json[] {
  const known = new Set<string>();
  return values.flatMap((hashes) => {
    // Caddy refuses its whole configuration when one hash is invalid.
    const accounts = Object.entries(hashes).filter(
      ([user, hash]) => user !== '' && isBcryptHash(hash) && !known.has(`${hash} ${user}`),
    );
    if (accounts.length === 0) return [];
    for (const [user, hash] of accounts) known.add(`${hash} ${user}`);
    const literals = accounts.map(([user, hash]) => ({ username: literal(user), password: hash }));
    // Without the cache, each request computes bcrypt again.
    return [{ hash: { algorithm: 'bcrypt' }, accounts: literals, hash_cache: {} }];
  });
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
