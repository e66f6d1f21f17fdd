import { z } from 'zod';
import { canaryDecision, ofRunning } from './decision.js';
import { canaryDomain, decidedAt } from './input.js';
import { force } from '../rules/force.js';
import { defineOperation } from '../operation.js';

/** Ends a canary and sends all visitors to the route's own upstream again. */
export const rollbackCanary = defineOperation({
  key: 'route.canary.rollback',
  path: ['update', 'route'],
  selectedBy: ['rollbackCanary'],
  summary: 'Roll back a canary: send all visitors to the route’s own upstream',
  examples: ['update route --domain app.example.com --rollback-canary'],
  input: z.strictObject({
    domain: canaryDomain,
    rollbackCanary: z.literal(true).describe('Roll back the canary: all visitors get the route’s own upstream again'),
    force,
    decidedAt,
  }),
  subject: (input) => input.domain,
  decide: (state, input) => ofRunning(state, input, ({ canary }) => canaryDecision(canary, null)),
});
