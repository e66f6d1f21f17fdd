import { z } from 'zod';
import { find } from '../../domain/log/state.js';
import { plainUpstream, upstreamName, serversProblem } from '../../domain/resources/upstream.js';
import { defineOperation } from '../operation.js';
import { upstreamDecision } from './decision.js';
import { serverOf, serverText, upstreamSettings, withUpstreamSettings } from './input.js';
import { existsAlready, invalid, refuse } from '../refusals.js';

/** Creates an upstream. Servers that do not answer yet cause only a warning. */
export const createUpstream = defineOperation({
  key: 'upstream.create',
  path: ['create', 'upstream'],
  summary: 'Create an upstream: a named pool of servers',
  examples: [
    'create upstream --name api-backend --servers "10.0.1.10:8080,10.0.1.11:8080,10.0.1.12:8080" --load-balancer round_robin --health-check-path /health',
    'create upstream --name slow-backend --servers "localhost:3000" --timeout 60s',
    'create upstream --name uneven --servers "10.0.1.10:8080=3,10.0.1.11:8080" --load-balancer weighted',
  ],
  input: z.strictObject({
    name: upstreamName.describe('Name of the upstream').meta({ placeholder: 'name' }),
    servers: z
      .array(serverText)
      .min(1, 'an upstream needs at least one server')
      .describe('Servers, separated by commas: host:port, or host:port=weight')
      .meta({ placeholder: 'a:1,b:2', list: true }),
    ...upstreamSettings,
  }),
  subject: (input) => input.name,
  decide(state, input) {
    const held = find(state, 'Upstream', input.name);
    if (held) return refuse(existsAlready(held));
    const servers = input.servers.map(serverOf);
    const problem = serversProblem(servers);
    if (problem !== null)
      return refuse(invalid('upstream-invalid', problem, 'Correct --servers. See: hecate create upstream --help'));
    const { name } = input;
    const plain = plainUpstream(name, servers);
    const upstream = withUpstreamSettings(plain, input);
    if ('problem' in upstream)
      return refuse(invalid('upstream-invalid', upstream.problem, 'See: hecate create upstream --help'));
    return upstreamDecision(state, { before: null, after: upstream });
  },
});
