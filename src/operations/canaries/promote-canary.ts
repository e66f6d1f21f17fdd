import { z } from 'zod';
import { changeOf } from '../../domain/log/commit.js';
import { canaryDecision, ofRunning } from './decision.js';
import { canaryDomain, decidedAt } from './input.js';
import { defineOperation } from '../operation.js';
import { find } from '../../domain/log/state.js';
import { upstreamAnswers, dialQuestions, spokenUpstream } from '../rules/upstream.js';
import { refuse, unavailable } from '../refusals.js';

/** Makes the canary's upstream the route's own, for every visitor, in one commit. */
export const promoteCanary = defineOperation({
  key: 'route.canary.promote',
  path: ['update', 'route'],
  selectedBy: ['promoteCanary'],
  summary: 'Send every visitor to the canary’s upstream from now on',
  examples: ['update route --domain app.example.com --promote-canary'],
  input: z.strictObject({
    domain: canaryDomain,
    promoteCanary: z.literal(true).describe('Make the canary’s upstream the route’s own, and end the canary'),
    force: z.boolean().default(false).describe('Promote although the canary’s upstream does not answer'),
    decidedAt,
  }),
  subject: (input) => input.domain,
  questions: (state, input) => dialQuestions(state, [find(state, 'Canary', input.domain)?.value.upstream]),
  decide: (state, input, answers) =>
    ofRunning(state, input, ({ route, canary }) => {
      if (!input.force && upstreamAnswers(state, canary.upstream, answers) === false) {
        const message = `${spokenUpstream(canary.upstream)} does not answer, so it was not promoted`;
        return refuse(unavailable('target-dead', message, 'Start it, or add --force.'));
      }
      const promoted = { ...route, upstream: canary.upstream };
      return canaryDecision(canary, null, [changeOf('Route', route.domain, route, promoted)]);
    }),
});
