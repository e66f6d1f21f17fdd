import { z } from 'zod';
import { changeOf } from '../../domain/log/commit.js';
import { canaryDecision, ofRunning } from './decision.js';
import { canaryDomain, decidedAt } from './input.js';
import { force } from '../rules/force.js';
import { defineOperation } from '../operation.js';
import { find } from '../../domain/log/state.js';
import { upstreamAnswers, dialQuestions, spokenUpstream } from '../rules/upstream.js';
import { refuse, unavailable } from '../refusals.js';

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
  questions: (state, input) => dialQuestions(state, [find(state, 'Canary', input.domain)?.value.upstream]),
  decide: (state, input, answers) =>
    ofRunning(state, input, ({ route, canary }) => {
      if (!input.force && upstreamAnswers(state, canary.upstream, answers) === false) {
        const message = `${spokenUpstream(canary.upstream)} does not answer, so the canary was not promoted`;
        return refuse(
          unavailable(
            'target-dead',
            message,
            `Start it, or promote anyway with: hecate update route --domain ${input.domain} --promote-canary --force`,
          ),
        );
      }
      const promoted = { ...route, upstream: canary.upstream };
      return canaryDecision(canary, null, [changeOf('Route', route.domain, route, promoted)]);
    }),
});
