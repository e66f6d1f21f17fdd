import { z } from 'zod';
import { durationText } from '../values/duration.js';
import { isResourceName, resourceName } from '../values/name.js';
import { defineKind, noReferences, type Reference } from './definition.js';
import { healthCheckSchema } from './health-check.js';
import { sourceName } from './source.js';
import { parseUpstream, upstreamAddress } from '../values/network/upstream-address.js';

const HEAVIEST = 100;

/** Name of an upstream. It has no colon, so it cannot be mistaken for an address. */
export const upstreamName = resourceName('an upstream name');

/** A route's upstream: an address, or the name of an upstream. */
export const upstreamRef = z
  .string()
  .overwrite((text) => (isUpstreamName(text.trim()) ? text.trim() : (upstreamAddress.safeParse(text).data ?? text)))
  .superRefine((text, context) => {
    if (isUpstreamName(text)) return;
    const parsed = upstreamAddress.safeParse(text);
    if (!parsed.success) {
      const message = `${parsed.error.issues[0]?.message ?? 'not an address'}, or the name of an upstream`;
      context.addIssue({ code: 'custom', message });
    }
  });

/** Returns true when a text that passed {@link upstreamRef} is the name of an upstream, false when it is an address. */
export function isUpstreamName(ref: string): boolean {
  return isResourceName(ref);
}

/** Returns the reference of a field to an upstream; empty when the field holds an address or nothing. */
export function upstreamReference(field: string, ref: string | null): Reference<'Upstream'>[] {
  return ref !== null && isUpstreamName(ref) ? [{ kind: 'Upstream', name: ref, field: [field] }] : [];
}

/** One server of an upstream. */
export const serverSchema = z.strictObject({
  address: upstreamAddress,
  /** Share of requests under `weighted`, relative to the other servers. */
  weight: z.number().int().min(1).max(HEAVIEST),
});

/** Load-balancing policy, with the names that Caddy and nginx use. */
export const loadBalancer = z.enum(['round_robin', 'least_conn', 'random', 'first', 'ip_hash', 'cookie', 'weighted']);

/** A named pool of servers that routes can share. */
export const upstreamSchema = z.strictObject({
  name: upstreamName,
  /** In order of preference for `first`. Either all use TLS or none does. */
  servers: z.array(serverSchema).min(1, 'an upstream has at least one server'),
  loadBalancer,
  healthCheck: healthCheckSchema.nullable(),
  /** Longest wait for a server's response headers; null: no limit, as for a route's plain address. */
  timeout: durationText.nullable(),
  /** Source of the manifest that it came from; null: a command created it. */
  source: sourceName.nullable(),
});

/** An upstream as the log holds it. */
export type Upstream = z.infer<typeof upstreamSchema>;
/** A server of an upstream as the log holds it. */
export type UpstreamServer = z.infer<typeof serverSchema>;

/** Returns an upstream with all settings at their defaults. */
export function plainUpstream(name: string, servers: readonly UpstreamServer[]): Upstream {
  return {
    name,
    servers: [...servers],
    loadBalancer: 'round_robin',
    healthCheck: null,
    timeout: null,
    source: null,
  };
}

/** Returns the reason why these servers cannot form one upstream; null: they can. */
export function serversProblem(servers: readonly UpstreamServer[]): string | null {
  const parsed = servers.map(({ address }) => ({ address, ...parseUpstream(address) }));
  const twice = parsed.find(({ dial }, index) => parsed.findIndex((other) => other.dial === dial) !== index);
  if (twice) return `${twice.address} is listed twice`;
  const [secure, plain] = [parsed.find(({ tls }) => tls), parsed.find(({ tls }) => !tls)];
  if (!secure || !plain) return null;
  return `${secure.address} uses TLS and ${plain.address} does not; either all servers of an upstream use TLS or none does`;
}

/** Returns true when two addresses dial the same server. */
export function isSameServer(a: string, b: string): boolean {
  return parseUpstream(a).dial === parseUpstream(b).dial;
}

/** The kind `Upstream`. */
export const upstreamDefinition = defineKind({
  role: 'base',
  changedBy: 'operator',
  noun: 'upstream',
  plural: 'upstreams',
  schema: upstreamSchema,
  identity: 'name',
  driftsIn: 'proxy',
  refersTo: [],
  references: noReferences,
});
