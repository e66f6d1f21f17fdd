import { z } from 'zod';
import { domainName } from '../domain/domain-name.js';
import { find } from '../domain/state.js';
import { defineOperation } from './operation.js';
import { bypassEnds } from './route-access.js';
import { change, missingRoute } from './route-change.js';

const USAGE_WINDOW_SECONDS = 300;

/** Stops serving a domain. Refused while it had requests in the last five minutes, unless forced. */
export const deleteRoute = defineOperation({
  key: 'route.delete',
  path: ['delete', 'route'],
  summary: 'Stop serving a domain',
  examples: ['delete route --domain app.example.com', 'delete route --domain app.example.com --force'],
  input: z.strictObject({
    domain: domainName.describe('Domain of the route').meta({ placeholder: 'domain' }),
    force: z.boolean().default(false).describe('Skip the usage check (requests in the last 5 minutes)'),
  }),
  subject: (input) => input.domain,
  questions: (_state, input) =>
    input.force ? [] : [{ kind: 'recent-requests', host: input.domain, seconds: USAGE_WINDOW_SECONDS }],
  decide(state, input, answers) {
    const held = find(state, 'Route', input.domain);
    if (!held) return missingRoute(state, input.domain);
    const requests = input.force ? 0 : answers.recentRequests(input.domain);
    if (requests === 0) {
      const along = bypassEnds(state, input.domain);
      return change(held.value, null, { upstreams: [], warnings: [], along });
    }
    return {
      kind: 'refuse',
      refusal: {
        kind: 'conflict',
        code: 'route-in-use',
        message:
          requests === null
            ? `cannot tell whether ${input.domain} is in use: the access log cannot be read`
            : `${input.domain} had ${requests} request${requests === 1 ? '' : 's'} in the last 5 minutes`,
        hint: 'Add --force to delete it all the same.',
      },
    };
  },
});
