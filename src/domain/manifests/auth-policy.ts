import { z } from 'zod';
import { authPolicySchema, policyName } from '../resources/auth-policy.js';
import { besides, defineForm } from './form.js';

const { provider, flow, groups, metadata } = authPolicySchema.shape;

const policySpec = z.strictObject({
  provider: provider.default('authentik').describe('Identity provider that enforces it.'),
  flow: flow.unwrap().optional().describe('Slug of the flow by which users sign in. Left out: the provider’s own.'),
  groups: groups.default([]).describe('Membership in one of these is enough. None: every user.'),
  createGroups: z.boolean().default(false).describe('Groups that do not exist are made.'),
  requireMFA: z.boolean().default(false).describe('A second factor is asked for at this sign-in.'),
  metadata: metadata.default({}).describe('What attributes of a user must be; “required” means present.'),
});

/** Its identity is `metadata.name`. */
export const authPolicyForm = defineForm({
  kind: 'AuthPolicy',
  name: policyName,
  spec: policySpec,
  nameOf: ({ name }) => name,
  specOf: (policy) => ({
    provider: policy.provider,
    ...besides<z.input<typeof policySpec>>(
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
