import { z } from 'zod';
import { policyName } from './auth-policy.js';
import { domainName } from '../values/domain-name.js';
import { durationText } from '../values/duration.js';
import { headerMap } from '../values/header.js';
import { healthPath } from '../values/health-path.js';
import { middlewareList } from '../middleware/list.js';
import { sourceName } from './source.js';
import { tlsSchema, usualTls } from './tls.js';
import { upstreamRef } from './upstream.js';

/** Active health check of a route's upstream. */
export const healthCheckSchema = z.strictObject({
  /** Path and query that the upstream must answer, e.g. `/health`. */
  path: healthPath,
  /** Time between two checks. Default 30s: the predecessor's. */
  interval: durationText,
});

/** A name for people, by the rules of names in Kubernetes (RFC 1123). */
export const routeLabel = z
  .string()
  .regex(/^(?![-.])[a-z0-9.-]{1,253}(?<![-.])$/, 'a name is 1–253 of a–z, 0–9 and inner hyphens and dots');

/** A domain that Caddy serves from one upstream. Its identity is its domain. */
export const routeSchema = z.strictObject({
  domain: domainName,
  /** What people call it, in manifests `metadata.name`; null: its domain. */
  label: routeLabel.nullable(),
  /** An address, or the name of an upstream. */
  upstream: upstreamRef,
  /** What the upstream receives, literally: names are case-insensitive, values may not hold CR or LF. */
  headers: headerMap,
  healthCheck: healthCheckSchema.nullable(),
  /** Name of the policy that says who may pass; null: everybody, or with `requireMFA` every user. */
  authPolicy: policyName.nullable(),
  /** Sign-in with a second factor, whatever the policy asks for. */
  requireMFA: z.boolean(),
  /** Where requests go during a failover; null: there is none. */
  backupUpstream: upstreamRef.nullable(),
  /** The backup takes over by itself while no server of the upstream is available. */
  autoFailover: z.boolean(),
  /** In the order in which they act. */
  middleware: middlewareList,
  tls: tlsSchema,
  /** Source of manifests that it came from; null: a person made it. */
  source: sourceName.nullable(),
});

export type Route = z.infer<typeof routeSchema>;

/** What a route is unless something else is said. */
export function plainRoute(domain: string, upstream: string): Route {
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
