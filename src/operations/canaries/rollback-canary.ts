import { z } from 'zod';
import { canaryDecision, ofRunning } from './decision.js';
import { canaryDomain, decidedAt } from './input.js';
import { defineOperation } from '../operation.js';

/** Ends a canary: every visitor gets the route's own upstream again. */
export const rollbackCanary = defineOperation({
  key: 'route.canary.rollback',
  path: ['update', 'route'],
  selectedBy: ['rollbackCanary'],
  summary: 'Send every visitor back to the route’s own upstream',
  examples: ['update route --domain app.example.com --rollback-canary'],
  input: z.strictObject({
    domain: canaryDomain,
    rollbackCanary: z.literal(true).describe('End the canary; every visitor gets the route’s own upstream again'),
    decidedAt,
  }),
  subject: (input) => input.domain,
  decide: (state, input) => ofRunning(state, input, ({ canary }) => canaryDecision(canary, null)),
});
