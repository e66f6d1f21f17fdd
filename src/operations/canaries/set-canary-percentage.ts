import { z } from 'zod';
import { percentage } from '../../domain/resources/canary.js';
import { canaryDecision, ofRunning } from './decision.js';
import { canaryDomain, decidedAt } from './input.js';
import { force } from '../rules/force.js';
import { defineOperation } from '../operation.js';

/** Changes the share of new visitors that a running canary gets. Earlier visitors keep their side, unless the share becomes 0 or 100. */
export const setCanaryPercentage = defineOperation({
  key: 'route.canary.percentage',
  path: ['update', 'route'],
  selectedBy: ['canaryPercentage'],
  summary: 'Change the share of visitors that a canary gets',
  examples: ['update route --domain app.example.com --canary-percentage 50'],
  input: z.strictObject({
    domain: canaryDomain,
    canaryPercentage: percentage
      .describe('Share of new visitors that the canary gets, 0–100')
      .meta({ placeholder: 'percent' }),
    force,
    decidedAt,
  }),
  subject: (input) => input.domain,
  decide: (state, input, _answers, { now }) =>
    ofRunning(state, input, ({ canary }) => {
      const isSame = canary.percentage === input.canaryPercentage;
      const after = { ...canary, percentage: input.canaryPercentage, stepSince: now };
      return canaryDecision(canary, isSame ? canary : after);
    }),
});
