import { z } from 'zod';
import { sourceName } from './source.js';

const NAME = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;
const CONTROL = /[\x00-\x1f\x7f]/;
const LONGEST_TEXT = 255;

/** Name of an auth policy: part of the names of what Hecate makes in the identity provider. */
export const policyName = z
  .string()
  .refine(
    (text) => NAME.test(text) && text !== 'none',
    'a policy name is 1–63 of a–z, 0–9 and inner hyphens, not “none”',
  );

const plainText = z
  .string()
  .min(1, 'it is empty')
  .max(LONGEST_TEXT, `it has more than ${LONGEST_TEXT} characters`)
  .refine((text) => !CONTROL.test(text), 'it has control characters');

/** Names of groups in the identity provider, in order and once each. */
export const groupNames = z.array(plainText).overwrite((names) => [...new Set(names)].sort());

/** What a user's attributes must say: `required` means present, any other value must be equal. */
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

/** Who may pass. Routes name it; the identity provider enforces it. */
export const authPolicySchema = z.strictObject({
  name: policyName,
  provider: z.enum(['authentik']),
  /** Flow by which users sign in; null: the provider's default. */
  flow: flowSlug.nullable(),
  /** One of them is enough; none: every user. */
  groups: groupNames,
  /** Groups that do not exist are made. */
  createGroups: z.boolean(),
  /** A second factor is asked for at this sign-in. */
  requireMFA: z.boolean(),
  metadata: metadataMap,
  /** Source of manifests that it came from; null: a person made it. */
  source: sourceName.nullable(),
});

export type AuthPolicy = z.infer<typeof authPolicySchema>;
