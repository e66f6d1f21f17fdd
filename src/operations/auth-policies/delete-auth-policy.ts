import { z } from 'zod';
import { policyName } from '../../domain/resources/auth-policy.js';
import { find } from '../../domain/log/state.js';
import { defineOperation } from '../operation.js';
import { policyDecision } from './decision.js';
import { missingPolicy, routesWith } from '../rules/sign-in.js';

/** Removes a policy. Refused while routes use it: without it nobody could say who may pass. */
export const deleteAuthPolicy = defineOperation({
  key: 'auth-policy.delete',
  path: ['delete', 'auth-policy'],
  summary: 'Remove a policy that no route uses',
  examples: ['delete auth-policy --name partner-access'],
  input: z.strictObject({
    name: policyName.describe('Name of the policy').meta({ placeholder: 'name' }),
  }),
  subject: (input) => input.name,
  decide(state, input) {
    const held = find(state, 'AuthPolicy', input.name);
    if (!held) return { kind: 'refuse', refusal: missingPolicy(state, input.name) };
    const routes = routesWith(state, input.name);
    if (routes.length === 0) return policyDecision(state, { before: held.value, after: null }, []);
    return {
      kind: 'refuse',
      refusal: {
        kind: 'conflict',
        code: 'auth-policy-in-use',
        message: `auth policy ${input.name} is used by ${routes.join(', ')}`,
        hint: 'Give those routes another policy first: hecate update route --domain … --auth-policy …',
      },
    };
  },
});
