import { z } from 'zod';
import { policyName } from '../../domain/resources/auth-policy.js';
import { find } from '../../domain/log/state.js';
import { defineOperation } from '../operation.js';
import { policyDecision } from './decision.js';
import { inUse, missing, refuse } from '../refusals.js';

/** Deletes an auth policy. Refused while routes use it. */
export const deleteAuthPolicy = defineOperation({
  key: 'auth-policy.delete',
  path: ['delete', 'auth-policy'],
  summary: 'Delete an auth policy that no route uses',
  examples: ['delete auth-policy --name partner-access'],
  input: z.strictObject({
    name: policyName.describe('Name of the policy').meta({ placeholder: 'name', names: 'AuthPolicy' }),
  }),
  subject: (input) => input.name,
  decide(state, input) {
    const held = find(state, 'AuthPolicy', input.name);
    if (!held) return refuse(missing(state, 'AuthPolicy', input.name));
    const hint = 'Give those routes another policy first: hecate update route --domain … --auth-policy …';
    const refusal = inUse(state, 'AuthPolicy', input.name, hint);
    return refusal ? refuse(refusal) : policyDecision(state, { before: held.value, after: null }, []);
  },
});
