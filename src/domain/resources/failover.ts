import { z } from 'zod';
import { domainName } from '../values/domain-name.js';

/** An overlay: until it ends, a route's backup upstream takes its requests. Its identity is the route's domain. */
export const failoverSchema = z.strictObject({
  domain: domainName,
  /** ISO 8601 UTC. */
  since: z.iso.datetime(),
  reason: z.string().nullable(),
});

export type Failover = z.infer<typeof failoverSchema>;
