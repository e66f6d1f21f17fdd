import { z } from 'zod';
import { find } from '../../domain/log/state.js';
import { plainUpstream, upstreamName, serversProblem } from '../../domain/resources/upstream.js';
import { parseUpstream } from '../../domain/values/upstream-address.js';
import { defineOperation } from '../operation.js';
import { invalidUpstream, upstreamDecision } from './decision.js';
import { serverOf, serverText, upstreamSettings, withUpstreamSettings } from './input.js';

/** Gives a pool of servers a name that routes can use. Servers that do not answer are a warning: they may come later. */
export const createUpstream = defineOperation({
  key: 'upstream.create',
  path: ['create', 'upstream'],
  summary: 'Give a pool of servers a name',
  examples: [
    'create upstream --name api-backend --servers "10.0.1.10:8080,10.0.1.11:8080,10.0.1.12:8080" --load-balancer round_robin --health-check-path /health',
    'create upstream --name slow-backend --servers "localhost:3000" --timeout 60s',
    'create upstream --name uneven --servers "10.0.1.10:8080=3,10.0.1.11:8080" --load-balancer weighted',
  ],
  input: z.strictObject({
    name: upstreamName.describe('Name of the upstream').meta({ placeholder: 'name' }),
    servers: z
      .array(serverText)
      .min(1, 'an upstream has at least one server')
      .describe('Servers, separated by commas: host:port, or host:port=weight')
      .meta({ placeholder: 'a:1,b:2', list: true }),
    ...upstreamSettings,
  }),
  subject: (input) => input.name,
  questions: (_state, { servers }) =>
    servers.map((text) => ({ kind: 'dials', dial: parseUpstream(serverOf(text).address).dial })),
  decide(state, input, answers) {
    const held = find(state, 'Upstream', input.name);
    if (held) {
      return {
        kind: 'refuse',
        refusal: {
          kind: 'conflict',
          code: 'upstream-exists',
          message: `upstream ${held.name} exists already: created by ${held.createdBy} at ${held.createdAt}`,
          hint: `Change it with: hecate update upstream --name ${held.name}`,
        },
      };
    }
    const servers = input.servers.map(serverOf);
    const problem = serversProblem(servers);
    if (problem !== null) return invalidUpstream(problem, 'Correct --servers.');
    const { name } = input;
    const plain = plainUpstream(name, servers);
    const upstream = withUpstreamSettings(plain, input);
    if ('problem' in upstream) return invalidUpstream(upstream.problem, 'See: hecate create upstream --help');
    return upstreamDecision(state, { before: null, after: upstream }, answers);
  },
});
