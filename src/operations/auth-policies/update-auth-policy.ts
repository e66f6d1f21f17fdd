import { z } from 'zod';
import { flowSlug, groupNames, metadataMap, policyName } from '../../domain/resources/auth-policy.js';
import { find } from '../../domain/log/state.js';
import { force } from '../rules/force.js';
import { defineOperation } from '../operation.js';
import { routesWith, termsProblem, groupQuestions } from '../rules/sign-in.js';
import { policyDecision } from './decision.js';
import { missing, refuse } from '../refusals.js';

/** Changes the given settings of an auth policy, for every route that uses it. */
export const updateAuthPolicy = defineOperation({
  key: 'auth-policy.update',
  path: ['update', 'auth-policy'],
  summary: 'Change an auth policy',
  examples: [
    'update auth-policy --name admin-only --groups admin',
    'update auth-policy --name api-users --require-mfa',
  ],
  input: z.strictObject({
    name: policyName.describe('Name of the policy').meta({ placeholder: 'name', names: 'AuthPolicy' }),
    flow: flowSlug.optional().describe('Sign-in flow; none: the provider’s default').meta({ placeholder: 'slug' }),
    groups: groupNames
      .optional()
      .describe('Groups, separated by commas, replacing all present ones; none: no group is required')
      .meta({ placeholder: 'a,b', list: true }),
    requireMFA: z
      .enum(['on', 'off'])
      .optional()
      .describe('Require a second factor')
      .meta({ placeholder: 'on|off', bare: 'on' }),
    metadata: metadataMap
      .optional()
      .describe('Required attribute of the user; repeatable; replaces all present ones; none: no attribute is required')
      .meta({ placeholder: 'name=value', repeatable: true }),
    createGroups: z.boolean().optional().describe('Create groups that do not exist'),
    force,
  }),
  subject: (input) => input.name,
  questions(state, { name, groups, flow }) {
    const before = find(state, 'AuthPolicy', name)?.value;
    const asked = groups ?? before?.groups ?? [];
    return [
      ...groupQuestions(asked),
      ...(flow === undefined || flow === 'none' ? [] : [{ kind: 'flow' as const, slug: flow }]),
    ];
  },
  decide(state, input, answers) {
    const held = find(state, 'AuthPolicy', input.name);
    if (!held) return refuse(missing(state, 'AuthPolicy', input.name));
    const before = held.value;
    const after = {
      ...before,
      flow: input.flow === 'none' ? null : (input.flow ?? before.flow),
      groups: input.groups ?? before.groups,
      requireMFA: input.requireMFA === undefined ? before.requireMFA : input.requireMFA === 'on',
      metadata: input.metadata ?? before.metadata,
      createGroups: input.createGroups ?? before.createGroups,
    };
    const asked = { ...after, flow: input.flow === undefined ? null : after.flow };
    const refusal = termsProblem(asked, answers);
    if (refusal) return refuse(refusal);
    const used = routesWith(state, input.name).length > 0;
    const note =
      'users who are signed in keep their session for up to an hour; end their sessions in authentik to apply the change at once';
    return policyDecision(state, { before, after }, used ? [note] : []);
  },
});
