import { z } from 'zod';
import { requiresSignIn } from '../../domain/identity/access.js';
import { domainName } from '../../domain/values/network/domain-name.js';
import type { Route } from '../../domain/resources/route.js';
import { find } from '../../domain/log/state.js';
import { upstreamRef } from '../../domain/resources/upstream.js';
import { canaryRuns, overlayEnd } from '../rules/overlays.js';
import { force } from '../rules/force.js';
import { defineOperation } from '../operation.js';
import { routeProblem, missingRoute, moduleQuestions } from '../rules/route.js';
import { takenGroupQuestions } from '../rules/sign-in.js';
import { routeDecision, routeWarnings } from './decision.js';
import { changedMiddleware, orKept, routeRemovals, routeSettings, settingsProblem, withSettings } from './settings.js';
import { tlsQuestions, tlsWarnings, tlsClaims, tlsHandoverProblem } from './tls-settings.js';
import { refuse } from '../refusals.js';

/** Changes the given settings of a route. Refused, unless forced, when visitors would lose what they get now. */
export const updateRoute = defineOperation({
  key: 'route.update',
  path: ['update', 'route'],
  summary: 'Change a route',
  examples: [
    'update route --domain app.example.com --upstream new-backend:3001',
    'update route --domain app.example.com --auth-policy new-policy',
    'update route --domain app.example.com --health-check-path /api/health --health-check-interval 30s',
    'update route --domain api.example.com --middleware "rate-limit:100/minute"',
    'update route --domain api.example.com --middleware "transform:strip-prefix:/api"',
    'update route --domain api.example.com --remove-middleware strip-prefix --add-header "X-Env=production"',
    'update route --domain app.example.com --backup-upstream standby:3000 --auto-failover',
    'update route --domain secure.example.com --tls-min-version 1.3 --tls-ciphers "TLS_AES_128_GCM_SHA256,TLS_AES_256_GCM_SHA384"',
    'update route --domain app.example.com --tls-cert /path/to/cert.pem --tls-key /path/to/key.pem',
  ],
  input: z.strictObject({
    domain: domainName.describe('Domain of the route').meta({ placeholder: 'domain', names: 'Route' }),
    upstream: z
      .union([z.literal('none'), upstreamRef])
      .optional()
      .describe(
        'New upstream: host:port or an upstream’s name; none: no upstream, for a route whose middleware answers every request',
      )
      .meta({ placeholder: 'upstream', names: 'Upstream' }),
    ...routeSettings,
    ...routeRemovals,
    force,
  }),
  subject: (input) => input.domain,
  handoverProblem: (input, handover, now) => tlsHandoverProblem(input.domain, input, handover, now),
  questions(state, input) {
    const before = find(state, 'Route', input.domain)?.value;
    return [
      ...takenGroupQuestions(state, input.authPolicy, before?.authPolicy ?? null),
      ...moduleQuestions(changedMiddleware(before ?? { middleware: [] }, input)),
      ...tlsQuestions(before?.tls, input),
    ];
  },
  decide(state, input, answers, { now }) {
    const held = find(state, 'Route', input.domain);
    if (!held) return missingRoute(state, input.domain);
    const before = held.value;
    const after: Route = { ...withSettings(before, input, answers), upstream: orKept(input.upstream, before.upstream) };
    const refusal =
      settingsProblem(before, input, answers) ??
      tlsHandoverProblem(input.domain, input, answers, now) ??
      routeProblem(state, after, answers);
    if (refusal) return refuse(refusal);
    // A canary is compared with the upstream that the route had at its start, and replaces it when promoted.
    const canary = find(state, 'Canary', before.domain);
    if (canary && after.upstream !== before.upstream) return canaryRuns(canary);
    return routeDecision(before, after, {
      warnings: [...routeWarnings(after), ...tlsWarnings(after, input, answers, now)],
      claims: tlsClaims(input, after.tls),
      along: [
        ...(requiresSignIn(after) ? [] : overlayEnd(state, 'Bypass', after.domain)),
        ...(after.backupUpstream === null ? overlayEnd(state, 'Failover', after.domain) : []),
      ],
    });
  },
});
