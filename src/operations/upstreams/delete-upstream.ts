import { z } from 'zod';
import { find } from '../../domain/log/state.js';
import { upstreamName } from '../../domain/resources/upstream.js';
import { defineOperation } from '../operation.js';
import { inUse, missing, refuse } from '../refusals.js';
import { upstreamDecision } from './decision.js';

/** Deletes an upstream. Refused while routes or canaries use it. */
export const deleteUpstream = defineOperation({
  key: 'upstream.delete',
  path: ['delete', 'upstream'],
  summary: 'Delete an upstream that no route uses',
  examples: ['delete upstream --name slow-backend'],
  input: z.strictObject({
    name: upstreamName.describe('Name of the upstream').meta({ placeholder: 'name', names: 'Upstream' }),
  }),
  subject: (input) => input.name,
  decide(state, input) {
    const before = find(state, 'Upstream', input.name)?.value;
    if (!before) return refuse(missing(state, 'Upstream', input.name));
    const hint = 'Give those routes another upstream first: hecate update route --domain … --upstream …';
    const refusal = inUse(state, 'Upstream', input.name, hint);
    return refusal ? refuse(refusal) : upstreamDecision(state, { before, after: null });
  },
});
