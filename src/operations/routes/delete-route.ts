import { z } from 'zod';
import { domainName } from '../../domain/values/network/domain-name.js';
import { find } from '../../domain/log/state.js';
import { force } from '../rules/force.js';
import { defineOperation } from '../operation.js';
import { overlaysEnd } from '../rules/overlays.js';
import { routeDecision } from './decision.js';
import { missingRoute } from '../rules/route.js';

/** Deletes a route, so that its domain is no longer served. Refused when it had requests in the last five minutes, unless forced. */
export const deleteRoute = defineOperation({
  key: 'route.delete',
  path: ['delete', 'route'],
  summary: 'Delete a route: stop serving its domain',
  examples: ['delete route --domain app.example.com', 'delete route --domain app.example.com --force'],
  input: z.strictObject({
    domain: domainName.describe('Domain of the route').meta({ placeholder: 'domain', names: 'Route' }),
    force,
  }),
  subject: (input) => input.domain,
  decide(state, input) {
    const held = find(state, 'Route', input.domain);
    if (!held) return missingRoute(state, input.domain);
    const along = overlaysEnd(state, input.domain);
    return routeDecision(held.value, null, { warnings: [], along });
  },
});
