import { z } from 'zod';
import { policyName } from '../domain/auth-policy.js';
import { domainName } from '../domain/domain-name.js';
import { durationText } from '../domain/duration.js';
import { headerMap } from '../domain/header.js';
import { healthPath } from '../domain/health-path.js';
import { find } from '../domain/state.js';
import { parseUpstream, upstreamAddress } from '../domain/upstream-address.js';
import { defineOperation } from './operation.js';
import { accessProblem } from './route-access.js';
import { change, routeExists, warnings } from './route-change.js';

/** Starts serving a domain from an upstream. An upstream that does not answer is a warning: it may come later. */
export const createRoute = defineOperation({
  key: 'route.create',
  path: ['create', 'route'],
  summary: 'Serve a domain from an upstream',
  examples: [
    'create route --domain app.example.com --upstream localhost:3000',
    'create route --domain api.example.com --upstream localhost:8080 --auth-policy api-users',
    'create route --domain secure.example.com --upstream localhost:443 --require-mfa',
    'create route --domain service.example.com --upstream backend:8080 --headers "X-Custom-Header=value" --headers "X-Another-Header=another-value" --health-check-path /health --health-check-interval 15s',
  ],
  input: z.strictObject({
    domain: domainName.describe('Domain to serve; a wildcard only as the first label').meta({ placeholder: 'domain' }),
    upstream: upstreamAddress
      .describe('Where requests go: host:port, [v6]:port, unix//path, http://… or https://… (:443 speaks TLS)')
      .meta({ placeholder: 'host:port' }),
    headers: headerMap
      .default({})
      .describe('Header that the upstream receives; repeatable')
      .meta({ placeholder: 'name=value', repeatable: true }),
    healthCheckPath: healthPath
      .optional()
      .describe('Path that a healthy upstream answers')
      .meta({ placeholder: 'path' }),
    healthCheckInterval: durationText
      .optional()
      .describe('Time between two health checks (default 30s)')
      .meta({ placeholder: 'duration' }),
    authPolicy: policyName.optional().describe('Policy that says who may pass').meta({ placeholder: 'policy' }),
    requireMfa: z.boolean().default(false).describe('Sign-in with a second factor; alone: every user may pass'),
  }),
  subject: (input) => input.domain,
  questions: (_state, input) => [{ kind: 'dials', dial: parseUpstream(input.upstream).dial }],
  decide(state, input, answers) {
    const existing = find(state, 'Route', input.domain);
    if (existing) return routeExists(existing);
    if (input.healthCheckInterval !== undefined && input.healthCheckPath === undefined) {
      return {
        kind: 'refuse',
        refusal: {
          kind: 'invalid',
          code: 'interval-without-path',
          message: `--health-check-interval ${input.healthCheckInterval} has no effect without a path`,
          hint: 'Add --health-check-path.',
        },
      };
    }
    const healthCheck =
      input.healthCheckPath === undefined
        ? null
        : { path: input.healthCheckPath, interval: input.healthCheckInterval ?? '30s' };
    const { domain, upstream, headers, requireMfa: requiresMfa } = input;
    const route = { domain, upstream, headers, healthCheck, authPolicy: input.authPolicy ?? null, requiresMfa };
    const refusal = accessProblem(state, route, answers);
    if (refusal) return { kind: 'refuse', refusal };
    return change(null, route, { upstreams: [], warnings: warnings(route, answers) });
  },
});
