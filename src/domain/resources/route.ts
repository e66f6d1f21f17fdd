import { z } from 'zod';
import { policyName } from './auth-policy.js';
import { domainName } from '../values/network/domain-name.js';
import { headerMap } from '../values/header.js';
import { answeringMiddleware, routeMiddleware } from '../middleware/list.js';
import type { SecretUser } from '../secrets/kind.js';
import { secretsUsedBy } from '../secrets/kinds.js';
import { defineKind } from './definition.js';
import { healthCheckSchema } from './health-check.js';
import { sourceName } from './source.js';
import { tlsSchema, usualTls } from './tls.js';
import { upstreamRef, upstreamReference } from './upstream.js';

/** A display name, by the rules of Kubernetes (RFC 1123 subdomain). */
export const routeLabel = z
  .string()
  .regex(/^(?![-.])[a-z0-9.-]{1,253}(?<![-.])$/, 'a name is 1–253 of a–z, 0–9 and inner hyphens and dots');

/** A route: a domain that the proxy serves from one upstream, or answers itself. */
export const routeSchema = z.strictObject({
  domain: domainName,
  /** Display name, in manifests `metadata.name`; null: its domain. */
  label: routeLabel.nullable(),
  /** An address, or the name of an upstream; null: none, because middleware answers every request. */
  upstream: upstreamRef.nullable(),
  /** Request headers that the proxy sets for the upstream, literally. Names are case-insensitive; values have no CR or LF. */
  headers: headerMap,
  /** Null: that of the upstream. */
  healthCheck: healthCheckSchema.nullable(),
  /** Name of the auth policy; null: no sign-in or, with `requireMFA`, any user. */
  authPolicy: policyName.nullable(),
  /** Sign-in needs a second factor, even if the policy does not require one. */
  requireMFA: z.boolean(),
  /** Upstream during a failover; null: none. */
  backupUpstream: upstreamRef.nullable(),
  /** The backup takes over automatically while no server of the upstream is available. */
  autoFailover: z.boolean(),
  /** In the order in which they run. */
  middleware: routeMiddleware,
  tls: tlsSchema,
  /** Source of the manifest that it came from; null: a command created it. */
  source: sourceName.nullable(),
});

/** A route as the log holds it. */
export type Route = z.infer<typeof routeSchema>;

/** Returns the hosts that a route serves, at least one. A route's identity in the log is its name, not one of these. */
export function hostsOf({ domain }: Pick<Route, 'domain'>): readonly [string, ...string[]] {
  return [domain];
}

/** Settings that decide whether a route needs an upstream. */
interface UpstreamSettings {
  readonly middleware: Route['middleware'];
  readonly upstream?: Route['upstream'] | undefined;
  readonly healthCheck?: object | null | undefined;
  readonly backupUpstream?: Route['backupUpstream'] | undefined;
  readonly autoFailover?: boolean;
}

/** Returns why a route without an upstream needs one, as a sentence about "it"; null: it has one or needs none. */
export function upstreamNeed(route: UpstreamSettings): string | null {
  if ((route.upstream ?? null) !== null) return null;
  if (answeringMiddleware(route.middleware) === undefined)
    return 'only a route whose middleware answers every request, such as a redirect to another address, needs none';
  if (route.healthCheck) return 'its health check needs one';
  return route.backupUpstream || route.autoFailover ? 'its failover needs one' : null;
}

/** Returns a route with all settings at their defaults. */
export function plainRoute(domain: string, upstream: string | null): Route {
  return {
    domain,
    label: null,
    upstream,
    headers: {},
    healthCheck: null,
    authPolicy: null,
    requireMFA: false,
    backupUpstream: null,
    autoFailover: false,
    middleware: [],
    tls: usualTls,
    source: null,
  };
}

function secretReferences(user: SecretUser, field: readonly (string | number)[]) {
  return secretsUsedBy(user).map(({ kind: secretKind, name }) => ({
    kind: 'Secret' as const,
    ...{ name, secretKind, field },
  }));
}

/** The kind `Route`. */
export const routeDefinition = defineKind({
  role: 'base',
  changedBy: 'operator',
  noun: 'route',
  plural: 'routes',
  schema: routeSchema,
  identity: 'domain',
  driftsIn: 'proxy',
  refersTo: ['AuthPolicy', 'Upstream', 'Secret'],
  references: ({ upstream, backupUpstream, authPolicy, middleware, tls }) => [
    ...upstreamReference('upstream', upstream),
    ...upstreamReference('backupUpstream', backupUpstream),
    ...(authPolicy === null ? [] : [{ kind: 'AuthPolicy' as const, name: authPolicy, field: ['authPolicy'] }]),
    ...middleware.flatMap((text, index) => secretReferences({ middleware: [text] }, ['middleware', index])),
    ...secretReferences({ middleware: [], tls }, ['tls', 'secret']),
  ],
});
