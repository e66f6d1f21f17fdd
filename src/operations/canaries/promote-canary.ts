import { z } from 'zod';
import { changeOf } from '../../domain/log/commit.js';
import { canaryDecision, ofRunning } from './decision.js';
import { canaryDomain, decidedAt } from './input.js';
import { force } from '../rules/force.js';
import { defineOperation } from '../operation.js';

/** Ends a canary and makes its upstream the route's own, for all visitors, in one commit. */
export const promoteCanary = defineOperation({
  key: 'route.canary.promote',
  path: ['update', 'route'],
  selectedBy: ['promoteCanary'],
  summary: 'Promote a canary: send all visitors to its upstream',
  examples: ['update route --domain app.example.com --promote-canary'],
  input: z.strictObject({
    domain: canaryDomain,
    promoteCanary: z.literal(true).describe('Promote the canary: its upstream becomes the route’s own'),
    force,
    decidedAt,
  }),
  subject: (input) => input.domain,
  decide: (state, input) =>
    ofRunning(state, input, ({ route, canary }) => {
      const promoted = { ...route, upstream: canary.upstream };
      return canaryDecision(canary, null, [changeOf('Route', route.domain, route, promoted)]);
    }),
});
