import { z } from 'zod';
import { changeOf } from '../../domain/log/commit.js';
import { domainName } from '../../domain/values/network/domain-name.js';
import { find } from '../../domain/log/state.js';
import { force } from '../rules/force.js';
import { defineOperation } from '../operation.js';
import { overlaysEnd } from '../rules/overlays.js';
import { routeDecision } from './decision.js';
import { routeProblem, missingRoute } from '../rules/route.js';
import { tlsQuestions } from './tls-settings.js';
import { existsAlready, refuse } from '../refusals.js';

/**
 * Moves a route to another domain and keeps its settings. It is one commit, so at every moment exactly one of the two
 * domains is served. Refused when the old domain had requests in the last five minutes, unless forced.
 */
export const moveRoute = defineOperation({
  key: 'route.move',
  path: ['move', 'route'],
  summary: 'Move a route to another domain',
  examples: ['move route --domain app.example.com --to shop.example.com'],
  input: z.strictObject({
    domain: domainName.describe('Present domain of the route').meta({ placeholder: 'domain', names: 'Route' }),
    to: domainName.describe('New domain of the route').meta({ placeholder: 'domain' }),
    force,
  }),
  subject: (input) => input.domain,
  questions: (state, input) => tlsQuestions(find(state, 'Route', input.domain)?.value.tls, {}),
  decide(state, input, answers) {
    const held = find(state, 'Route', input.domain);
    if (!held) return missingRoute(state, input.domain);
    const there = find(state, 'Route', input.to);
    if (input.to === input.domain) return routeDecision(held.value, held.value, { warnings: [] });
    if (there) return refuse(existsAlready(there));
    const moved = { ...held.value, domain: input.to };
    const refusal = routeProblem(state, moved, answers);
    if (refusal) return refuse(refusal);
    return {
      kind: 'change',
      changes: [
        changeOf('Route', input.to, null, moved),
        changeOf('Route', input.domain, held.value, null),
        ...overlaysEnd(state, input.domain),
      ],
      expect: { hosts: [input.to, input.domain] },
      warnings: [],
    };
  },
});
