import { z } from 'zod';
import { resourceName } from '../values/name.js';
import { defineKind, noReferences } from './definition.js';
import { sourceName } from './source.js';

const CONTROL = /[\x00-\x1f\x7f]/;
const LONGEST_TEXT = 255;

/** Name of an auth policy. Objects that Hecate creates in the identity provider have it in their names. */
export const policyName = resourceName('a policy name');

const plainText = z
  .string()
  .min(1, 'it is empty')
  .max(LONGEST_TEXT, `it has more than ${LONGEST_TEXT} characters`)
  .refine((text) => !CONTROL.test(text), 'it has control characters');

/** Names of groups in the identity provider, sorted and without duplicates. */
export const groupNames = z.array(plainText).overwrite((names) => [...new Set(names)].sort());

/** Required attributes of a user: `required` means that the attribute is present; any other value must be equal. */
export const metadataMap = z.record(
  plainText,
  z
    .string()
    .max(LONGEST_TEXT)
    .refine((text) => !CONTROL.test(text)),
);

/** Slug of a flow in the identity provider. */
export const flowSlug = z
  .string()
  .regex(/^[-a-zA-Z0-9_]{1,50}$/, 'a flow is named by its slug, such as default-authentication-flow');

/** Rules for sign-in and access. Routes name the policy; the identity provider enforces it. */
export const authPolicySchema = z.strictObject({
  name: policyName,
  provider: z.enum(['authentik']),
  /** Sign-in flow; null: the provider's default. */
  flow: flowSlug.nullable(),
  /** Membership in one of these is enough; empty: every user. */
  groups: groupNames,
  /** Create groups that do not exist. */
  createGroups: z.boolean(),
  /** Sign-in needs a second factor. */
  requireMFA: z.boolean(),
  metadata: metadataMap,
  /** Source of the manifest that it came from; null: a command created it. */
  source: sourceName.nullable(),
});

/** An auth policy as the log holds it. */
export type AuthPolicy = z.infer<typeof authPolicySchema>;

/** The kind `AuthPolicy`. */
export const authPolicyDefinition = defineKind({
  role: 'base',
  changedBy: 'operator',
  noun: 'auth policy',
  plural: 'auth-policies',
  schema: authPolicySchema,
  identity: 'name',
  driftsIn: 'identity',
  refersTo: [],
  references: noReferences,
});
