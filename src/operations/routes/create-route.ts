import { z } from 'zod';
import { domainName } from '../../domain/values/network/domain-name.js';
import { plainRoute, upstreamNeed } from '../../domain/resources/route.js';
import { find } from '../../domain/log/state.js';
import { upstreamRef } from '../../domain/resources/upstream.js';
import { force } from '../rules/force.js';
import { defineOperation } from '../operation.js';
import { routeProblem, moduleQuestions } from '../rules/route.js';
import { takenGroupQuestions } from '../rules/sign-in.js';
import { routeDecision, routeWarnings } from './decision.js';
import { changedMiddleware, routeSettings, settingsProblem, withSettings } from './settings.js';
import { tlsQuestions, tlsWarnings, tlsClaims, tlsHandoverProblem } from './tls-settings.js';
import { existsAlready, refuse } from '../refusals.js';

/** Creates a route, which serves a domain from an upstream. An upstream that does not answer yet causes only a warning. */
export const createRoute = defineOperation({
  key: 'route.create',
  path: ['create', 'route'],
  summary: 'Create a route: serve a domain from an upstream',
  examples: [
    'create route --domain app.example.com --upstream localhost:3000',
    'create route --domain api.example.com --upstream localhost:8080 --auth-policy api-users',
    'create route --domain secure.example.com --upstream localhost:443 --require-mfa',
    'create route --domain old.example.com --middleware redirect:308:same:https://new.example.com',
    'create route --domain service.example.com --upstream backend:8080 --headers "X-Custom-Header=value" --headers "X-Another-Header=another-value" --health-check-path /health --health-check-interval 15s',
  ],
  input: z
    .strictObject({
      domain: domainName
        .describe('Domain to serve; a wildcard only as the first label')
        .meta({ placeholder: 'domain' }),
      upstream: upstreamRef
        .optional()
        .describe(
          'Upstream that gets the requests: host:port, [v6]:port, unix//path, http://…, https://… (:443 uses TLS) or an upstream’s name; needed unless middleware answers every request, as a redirect does',
        )
        .meta({ placeholder: 'upstream', names: 'Upstream' }),
      ...routeSettings,
      force,
    })
    .superRefine(({ upstream, ...input }, context) => {
      if (context.issues.length > 0) return;
      const need = upstreamNeed({ upstream, middleware: changedMiddleware({ middleware: [] }, input) });
      if (need !== null) context.addIssue({ code: 'custom', message: `--upstream is missing: ${need}` });
    }),
  subject: (input) => input.domain,
  handoverProblem: (input, handover, now) => tlsHandoverProblem(input.domain, input, handover, now),
  questions: (state, input) => [
    ...takenGroupQuestions(state, input.authPolicy, null),
    ...moduleQuestions(changedMiddleware({ middleware: [] }, input)),
    ...tlsQuestions(undefined, input),
  ],
  decide(state, input, answers, { now }) {
    const existing = find(state, 'Route', input.domain);
    if (existing) return refuse(existsAlready(existing));
    const plain = plainRoute(input.domain, input.upstream ?? null);
    const route = withSettings(plain, input, answers);
    const refusal =
      settingsProblem(plain, input, answers) ??
      tlsHandoverProblem(input.domain, input, answers, now) ??
      routeProblem(state, route, answers);
    if (refusal) return refuse(refusal);
    return routeDecision(null, route, {
      warnings: [...routeWarnings(route), ...tlsWarnings(route, input, answers, now)],
      claims: tlsClaims(input, route.tls),
    });
  },
});
