import { z } from 'zod';
import { find } from '../../domain/log/state.js';
import { upstreamName } from '../../domain/resources/upstream.js';
import { defineOperation } from '../operation.js';
import { missingUpstream, routesTo } from '../rules/upstream.js';
import { upstreamDecision } from './decision.js';

/** Removes an upstream. Refused while routes use it: their requests would have nowhere to go. */
export const deleteUpstream = defineOperation({
  key: 'upstream.delete',
  path: ['delete', 'upstream'],
  summary: 'Remove a pool of servers that no route uses',
  examples: ['delete upstream --name slow-backend'],
  input: z.strictObject({
    name: upstreamName.describe('Name of the upstream').meta({ placeholder: 'name' }),
  }),
  subject: (input) => input.name,
  decide(state, input, answers) {
    const before = find(state, 'Upstream', input.name)?.value;
    if (!before) return { kind: 'refuse', refusal: missingUpstream(state, input.name) };
    const routes = routesTo(state, input.name);
    if (routes.length === 0) return upstreamDecision(state, { before, after: null }, answers);
    return {
      kind: 'refuse',
      refusal: {
        kind: 'conflict',
        code: 'upstream-in-use',
        message: `upstream ${input.name} is used by ${routes.join(', ')}`,
        hint: 'Give those routes another upstream first: hecate update route --domain … --upstream …',
      },
    };
  },
});
