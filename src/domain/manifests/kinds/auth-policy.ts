import { z } from 'zod';
import { authPolicySchema, policyName } from '../../resources/auth-policy.js';
import { withoutDefaults, defineForm } from '../form.js';

const { provider, flow, groups, metadata } = authPolicySchema.shape;

const policySpec = z.strictObject({
  provider: provider.default('authentik').describe('Identity provider that enforces the policy.'),
  flow: flow.unwrap().optional().describe('Slug of the sign-in flow. Without one, the provider uses its default flow.'),
  groups: groups.default([]).describe('Groups with access. Without any, every user has access.'),
  createGroups: z.boolean().default(false).describe('Create groups that do not exist.'),
  requireMFA: z.boolean().default(false).describe('Require a second factor at sign-in.'),
  metadata: metadata
    .default({})
    .describe(
      'Required attributes of a user, by name. “required”: the attribute is present; any other value must be equal.',
    ),
});

/** Manifests of auth policies. `metadata.name` is the policy's name. */
export const authPolicyForm = defineForm({
  kind: 'AuthPolicy',
  name: policyName,
  spec: policySpec,
  nameOf: ({ name }) => name,
  specOf: (policy) => ({
    provider: policy.provider,
    ...withoutDefaults<z.input<typeof policySpec>>(
      { groups: [], createGroups: false, requireMFA: false, metadata: {} },
      {
        flow: policy.flow ?? undefined,
        groups: policy.groups,
        createGroups: policy.createGroups,
        requireMFA: policy.requireMFA,
        metadata: policy.metadata,
      },
    ),
  }),
  valueOf: (name, spec) => ({
    name,
    provider: spec.provider,
    flow: spec.flow ?? null,
    groups: spec.groups,
    createGroups: spec.createGroups,
    requireMFA: spec.requireMFA,
    metadata: spec.metadata,
    source: null,
  }),
  contradiction: () => null,
});
