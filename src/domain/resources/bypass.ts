import { z } from 'zod';
import { domainName } from '../values/network/domain-name.js';
import { defineKind, noReferences } from './definition.js';

/** A bypass of sign-in: until it ends, every visitor may use the route, even when its policy requires sign-in. */
export const bypassSchema = z.strictObject({
  domain: domainName,
  /** ISO 8601 UTC. */
  since: z.iso.datetime(),
  /** ISO 8601 UTC. The proxy enforces the policy again from then on, even when everything else is down. */
  until: z.iso.datetime(),
  /** Null: nobody gave one; history flags that. */
  reason: z.string().nullable(),
});

/** A bypass as the log holds it. */
export type Bypass = z.infer<typeof bypassSchema>;

/** The kind `Bypass`. */
export const bypassDefinition = defineKind({
  role: 'overlay',
  changedBy: 'operator',
  noun: 'bypass',
  plural: 'bypasses',
  schema: bypassSchema,
  identity: 'domain',
  driftsIn: null,
  refersTo: [],
  references: noReferences,
});
