import { z } from 'zod';
import { flowSlug, groupNames, metadataMap, policyName } from '../../domain/resources/auth-policy.js';
import { find } from '../../domain/log/state.js';
import { termsProblem, groupQuestions } from '../rules/sign-in.js';
import { policyDecision } from './decision.js';
import { defineOperation } from '../operation.js';
import { existsAlready, refuse } from '../refusals.js';

/** Creates an auth policy that routes can name. */
export const createAuthPolicy = defineOperation({
  key: 'auth-policy.create',
  path: ['create', 'auth-policy'],
  summary: 'Create an auth policy',
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
    flow: flowSlug.optional().describe('Sign-in flow (default: the provider’s)').meta({ placeholder: 'slug' }),
    groups: groupNames
      .default([])
      .describe('Groups, separated by commas; membership in one of them is enough')
      .meta({ placeholder: 'a,b', list: true }),
    requireMFA: z.boolean().default(false).describe('Require a second factor'),
    metadata: metadataMap
      .default({})
      .describe('Required attribute of the user; repeatable; the value “required” accepts any value')
      .meta({ placeholder: 'name=value', repeatable: true }),
    createGroups: z.boolean().default(false).describe('Create groups that do not exist'),
  }),
  subject: (input) => input.name,
  questions: (_state, { groups, flow }) => [
    ...groupQuestions(groups),
    ...(flow === undefined ? [] : [{ kind: 'flow' as const, slug: flow }]),
  ],
  decide(state, input, answers) {
    const held = find(state, 'AuthPolicy', input.name);
    if (held) return refuse(existsAlready(held));
    const policy = { ...input, flow: input.flow ?? null, source: null };
    const refusal = termsProblem(policy, answers);
    return refusal ? refuse(refusal) : policyDecision(state, { before: null, after: policy }, []);
  },
});
