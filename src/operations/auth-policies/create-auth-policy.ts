import { z } from 'zod';
import { flowSlug, groupNames, metadataMap, policyName } from '../../domain/resources/auth-policy.js';
import { find } from '../../domain/log/state.js';
import { termsProblem, groupQuestions } from '../rules/sign-in.js';
import { policyDecision } from './decision.js';
import { defineOperation } from '../operation.js';

/** Makes a policy that routes can name; nothing asks for sign-in by it yet. */
export const createAuthPolicy = defineOperation({
  key: 'auth-policy.create',
  path: ['create', 'auth-policy'],
  summary: 'Say who may pass',
  examples: [
    'create auth-policy --name api-users --provider authentik --flow default-authentication-flow',
    'create auth-policy --name admin-only --provider authentik --groups admin,superuser --require-mfa',
    'create auth-policy --name partner-access --provider authentik --metadata "partner_id=required" --metadata "contract_status=active"',
  ],
  input: z.strictObject({
    name: policyName.describe('Name of the policy').meta({ placeholder: 'name' }),
    provider: z
      .enum(['authentik'])
      .default('authentik')
      .describe('Identity provider that enforces it')
      .meta({ placeholder: 'provider' }),
    flow: flowSlug
      .optional()
      .describe('Flow by which users sign in (default: the provider’s)')
      .meta({ placeholder: 'slug' }),
    groups: groupNames
      .default([])
      .describe('Groups, separated by commas; membership in one is enough')
      .meta({ placeholder: 'a,b', list: true }),
    requireMFA: z.boolean().default(false).describe('Ask for a second factor at this sign-in'),
    metadata: metadataMap
      .default({})
      .describe('What an attribute of the user must be; repeatable; “required”: only be there')
      .meta({ placeholder: 'name=value', repeatable: true }),
    createGroups: z.boolean().default(false).describe('Make groups that do not exist'),
  }),
  subject: (input) => input.name,
  questions: (_state, { groups, flow }) => [
    ...groupQuestions(groups),
    ...(flow === undefined ? [] : [{ kind: 'flow' as const, slug: flow }]),
  ],
  decide(state, input, answers) {
    const held = find(state, 'AuthPolicy', input.name);
    if (held) {
      return {
        kind: 'refuse',
        refusal: {
          kind: 'conflict',
          code: 'auth-policy-exists',
          message: `auth policy ${held.name} exists already: created by ${held.createdBy} at ${held.createdAt}`,
          hint: `Change it with: hecate update auth-policy --name ${held.name}`,
        },
      };
    }
    const { name, provider, groups, metadata, createGroups: createGroups, requireMFA: requireMFA } = input;
    const policy = {
      name,
      provider,
      flow: input.flow ?? null,
      groups,
      createGroups,
      requireMFA,
      metadata,
      source: null,
    };
    const refusal = termsProblem(policy, answers);
    return refusal ? { kind: 'refuse', refusal } : policyDecision(state, { before: null, after: policy }, []);
  },
});
