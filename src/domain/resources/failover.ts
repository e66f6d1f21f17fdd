import { z } from 'zod';
import { domainName } from '../values/network/domain-name.js';
import { defineKind, noReferences } from './definition.js';

/** A failover: until it ends, the route's backup upstream receives its requests. */
export const failoverSchema = z.strictObject({
  domain: domainName,
  /** ISO 8601 UTC. */
  since: z.iso.datetime(),
  reason: z.string().nullable(),
});

/** A failover as the log holds it. */
export type Failover = z.infer<typeof failoverSchema>;

/** The kind `Failover`. */
export const failoverDefinition = defineKind({
  role: 'overlay',
  changedBy: 'operator',
  noun: 'failover',
  plural: 'failovers',
  schema: failoverSchema,
  identity: 'domain',
  driftsIn: null,
  refersTo: [],
  references: noReferences,
});
