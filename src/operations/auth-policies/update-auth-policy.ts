import { z } from 'zod';
import { flowSlug, groupNames, metadataMap, policyName } from '../../domain/resources/auth-policy.js';
import { find } from '../../domain/log/state.js';
import { defineOperation } from '../operation.js';
import { missingPolicy, routesWith, termsProblem, groupQuestions } from '../rules/sign-in.js';
import { policyDecision } from './decision.js';

/** Changes what is named, for every route that uses the policy, and leaves the rest as it is. */
export const updateAuthPolicy = defineOperation({
  key: 'auth-policy.update',
  path: ['update', 'auth-policy'],
  summary: 'Change who may pass',
  examples: [
    'update auth-policy --name admin-only --groups admin',
    'update auth-policy --name api-users --require-mfa',
  ],
  input: z.strictObject({
    name: policyName.describe('Name of the policy').meta({ placeholder: 'name' }),
    flow: flowSlug
      .optional()
      .describe('Flow by which users sign in; none: the provider’s default')
      .meta({ placeholder: 'slug' }),
    groups: groupNames
      .optional()
      .describe('Groups, separated by commas; replaces all; none: no group is asked for')
      .meta({ placeholder: 'a,b', list: true }),
    requireMFA: z
      .enum(['on', 'off'])
      .optional()
      .describe('Ask for a second factor at this sign-in')
      .meta({ placeholder: 'on|off', bare: 'on' }),
    metadata: metadataMap
      .optional()
      .describe('What an attribute of the user must be; repeatable; replaces all; none: no attribute is asked for')
      .meta({ placeholder: 'name=value', repeatable: true }),
    createGroups: z.boolean().optional().describe('Make groups that do not exist'),
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
    if (!held) return { kind: 'refuse', refusal: missingPolicy(state, input.name) };
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
    if (refusal) return { kind: 'refuse', refusal };
    const used = routesWith(state, input.name).length > 0;
    const note = 'who is signed in to a route keeps that session for up to an hour; end it in authentik to be sure';
    return policyDecision(state, { before, after }, used ? [note] : []);
  },
});
