import { z } from 'zod';
import { domainName } from '../../domain/values/domain-name.js';
import { find } from '../../domain/log/state.js';
import { defineOperation } from '../operation.js';
import { overlaysEnd } from '../rules/overlays.js';
import { routeDecision, refuseInUse, usageQuestions } from './decision.js';
import { missingRoute } from '../rules/route.js';

/** Deletes a route, so that its domain is no longer served. Refused when it had requests in the last five minutes, unless forced. */
export const deleteRoute = defineOperation({
  key: 'route.delete',
  path: ['delete', 'route'],
  summary: 'Delete a route: stop serving its domain',
  examples: ['delete route --domain app.example.com', 'delete route --domain app.example.com --force'],
  input: z.strictObject({
    domain: domainName.describe('Domain of the route').meta({ placeholder: 'domain', names: 'Route' }),
    force: z.boolean().default(false).describe('Skip the usage check (requests in the last 5 minutes)'),
  }),
  subject: (input) => input.domain,
  questions: (state, input) => usageQuestions(find(state, 'Route', input.domain)?.value, input),
  decide(state, input, answers) {
    const held = find(state, 'Route', input.domain);
    if (!held) return missingRoute(state, input.domain);
    const along = overlaysEnd(state, input.domain);
    return (
      refuseInUse(held.value, input, answers, `delete route --domain ${input.domain}`) ??
      routeDecision(held.value, null, { upstreams: [], warnings: [], along })
    );
  },
});
