import { z } from 'zod';
import { requiresSignIn } from '../domain/access.js';
import { policyName } from '../domain/auth-policy.js';
import { domainName } from '../domain/domain-name.js';
import { durationText } from '../domain/duration.js';
import { headerMap } from '../domain/header.js';
import { healthPath } from '../domain/health-path.js';
import type { Route } from '../domain/route.js';
import { find } from '../domain/state.js';
import { parseUpstream, upstreamAddress } from '../domain/upstream-address.js';
import { defineOperation } from './operation.js';
import { accessProblem, bypassEnds } from './route-access.js';
import { change, missingRoute, warnings } from './route-change.js';

/**
 * Changes what is named and leaves the rest of a route as it is. When the old upstream answered and the new one does
 * not, the update is undone, unless forced.
 */
export const updateRoute = defineOperation({
  key: 'route.update',
  path: ['update', 'route'],
  summary: 'Change a route',
  examples: [
    'update route --domain app.example.com --upstream new-backend:3001',
    'update route --domain app.example.com --auth-policy new-policy',
    'update route --domain app.example.com --health-check-path /api/health --health-check-interval 30s',
  ],
  input: z.strictObject({
    domain: domainName.describe('Domain of the route').meta({ placeholder: 'domain' }),
    upstream: upstreamAddress.optional().describe('New upstream').meta({ placeholder: 'host:port' }),
    headers: headerMap
      .optional()
      .describe('Header that the upstream receives; repeatable; replaces all of the route’s headers')
      .meta({ placeholder: 'name=value', repeatable: true }),
    healthCheckPath: healthPath
      .optional()
      .describe('Path that a healthy upstream answers')
      .meta({ placeholder: 'path' }),
    healthCheckInterval: durationText
      .optional()
      .describe('Time between two health checks')
      .meta({ placeholder: 'duration' }),
    authPolicy: z
      .union([z.literal('none'), policyName])
      .optional()
      .describe('Policy that says who may pass; none: everybody')
      .meta({ placeholder: 'policy' }),
    requireMfa: z
      .enum(['on', 'off'])
      .optional()
      .describe('Sign-in with a second factor; off: only what the policy asks for')
      .meta({ placeholder: 'on|off', bare: 'on' }),
    force: z.boolean().default(false).describe('Keep the change although the new upstream does not answer'),
  }),
  subject: (input) => input.domain,
  questions(state, input) {
    const held = find(state, 'Route', input.domain);
    const addresses = [held?.value.upstream, input.upstream].filter((address) => address !== undefined);
    return addresses.map((address) => ({ kind: 'dials', dial: parseUpstream(address).dial }));
  },
  decide(state, input, answers) {
    const held = find(state, 'Route', input.domain);
    if (!held) return missingRoute(state, input.domain);
    const before = held.value;
    if (input.healthCheckInterval !== undefined && !input.healthCheckPath && !before.healthCheck) {
      return {
        kind: 'refuse',
        refusal: {
          kind: 'invalid',
          code: 'interval-without-path',
          message: `${input.domain} has no health check whose interval could change`,
          hint: 'Add --health-check-path.',
        },
      };
    }
    const after: Route = {
      ...before,
      upstream: input.upstream ?? before.upstream,
      headers: input.headers ?? before.headers,
      healthCheck: healthCheckOf(before, input),
      authPolicy: input.authPolicy === 'none' ? null : (input.authPolicy ?? before.authPolicy),
      requiresMfa: input.requireMfa === undefined ? before.requiresMfa : input.requireMfa === 'on',
    };
    const refusal = accessProblem(state, after, answers);
    if (refusal) return { kind: 'refuse', refusal };
    const oldAnswered = answers.dials(parseUpstream(before.upstream).dial) === true;
    const mustAnswer = after.upstream !== before.upstream && oldAnswered && !input.force;
    return change(before, after, {
      upstreams: mustAnswer ? [parseUpstream(after.upstream).dial] : [],
      warnings: warnings(after, answers),
      along: requiresSignIn(after) ? [] : bypassEnds(state, after.domain),
    });
  },
});

function healthCheckOf(
  before: Route,
  input: { healthCheckPath?: string | undefined; healthCheckInterval?: string | undefined },
): Route['healthCheck'] {
  const path = input.healthCheckPath ?? before.healthCheck?.path;
  if (path === undefined) return null;
  return { path, interval: input.healthCheckInterval ?? before.healthCheck?.interval ?? '30s' };
}
