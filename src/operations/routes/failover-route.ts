import { z } from 'zod';
import { changeOf } from '../../domain/log/commit.js';
import { domainName } from '../../domain/values/network/domain-name.js';
import { find } from '../../domain/log/state.js';
import { force } from '../rules/force.js';
import { defineOperation } from '../operation.js';
import { missingRoute } from '../rules/route.js';
import { overlayEnd } from '../rules/overlays.js';
import { invalid, refuse } from '../refusals.js';

/** Sends a route's requests to its backup upstream, or back to its own upstream. A failover lasts until it is ended. */
export const failoverRoute = defineOperation({
  key: 'route.failover',
  path: ['update', 'route'],
  selectedBy: ['failover'],
  summary: 'Send a route’s requests to its backup upstream',
  examples: [
    'update route --domain app.example.com --failover',
    'update route --domain app.example.com --failover=off',
  ],
  input: z.strictObject({
    domain: domainName.describe('Domain of the route').meta({ placeholder: 'domain', names: 'Route' }),
    failover: z
      .enum(['on', 'off'])
      .describe('Emergency: send requests to the backup upstream; off: send them to the route’s own upstream again')
      .meta({ placeholder: 'on|off', bare: 'on' }),
    force,
  }),
  subject: (input) => input.domain,
  decide(state, input, _answers, context) {
    const route = find(state, 'Route', input.domain)?.value;
    if (!route) return missingRoute(state, input.domain);
    const held = find(state, 'Failover', input.domain)?.value ?? null;
    const to = input.failover === 'on' ? route.backupUpstream : route.upstream;
    if (to === null) {
      return refuse(
        invalid(
          'no-backup',
          `${input.domain} has no backup upstream`,
          `Add one with: hecate update route --domain ${input.domain} --backup-upstream HOST:PORT`,
        ),
      );
    }
    const done = (held !== null) === (input.failover === 'on');
    if (done) return { kind: 'change', changes: [], expect: { hosts: [] }, warnings: [] };
    const after = input.failover === 'on' ? { domain: input.domain, since: context.now, reason: context.reason } : null;
    const ended = input.failover === 'on' ? overlayEnd(state, 'Canary', input.domain) : [];
    return {
      kind: 'change',
      changes: [changeOf('Failover', input.domain, held, after), ...ended],
      expect: { hosts: [input.domain] },
      warnings: ended.length > 0 ? [`the canary of ${input.domain} ends: a failover begins`] : [],
    };
  },
});
