import { z } from 'zod';
import { domainName } from '../values/domain-name.js';

/** An overlay: until it ends, a route lets everybody in whatever its policy says. Its identity is the route's domain. */
export const bypassSchema = z.strictObject({
  domain: domainName,
  /** ISO 8601 UTC. */
  since: z.iso.datetime(),
  /** ISO 8601 UTC; from then on the route's own policy holds again, whoever is alive. */
  until: z.iso.datetime(),
  /** Null: none was given, and it is flagged so. */
  reason: z.string().nullable(),
});

export type Bypass = z.infer<typeof bypassSchema>;
