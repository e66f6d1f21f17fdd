import { z } from 'zod';
import { percentage } from '../../domain/resources/canary.js';
import { find } from '../../domain/log/state.js';
import { canaryDecision, ofRunning } from './decision.js';
import { canaryDomain, decidedAt } from './input.js';
import { force } from '../rules/force.js';
import { defineOperation } from '../operation.js';
import { upstreamAnswers, dialQuestions, spokenUpstream } from '../rules/upstream.js';
import { refuse, unavailable } from '../refusals.js';

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
  questions: (state, input) => dialQuestions(state, [find(state, 'Canary', input.domain)?.value.upstream]),
  decide: (state, input, answers, { now }) =>
    ofRunning(state, input, ({ canary }) => {
      // A step that the canary workflow decided needs no check: it is based on the requests so far.
      const isAsked = input.decidedAt === undefined && !input.force;
      const sendsMore = isAsked && input.canaryPercentage > canary.percentage;
      if (sendsMore && upstreamAnswers(state, canary.upstream, answers) === false) {
        const message = `${spokenUpstream(canary.upstream)} does not answer, so the canary’s share was not increased`;
        return refuse(
          unavailable(
            'target-dead',
            message,
            `Start it, or increase the share anyway with: hecate update route --domain ${input.domain} --canary-percentage ${input.canaryPercentage} --force`,
          ),
        );
      }
      const isSame = canary.percentage === input.canaryPercentage;
      const after = { ...canary, percentage: input.canaryPercentage, stepSince: now };
      return canaryDecision(canary, isSame ? canary : after);
    }),
});
