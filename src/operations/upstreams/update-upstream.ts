import { z } from 'zod';
import { nearest } from '../../domain/data/nearest.js';
import { find } from '../../domain/log/state.js';
import {
  upstreamName,
  type Upstream,
  type UpstreamServer,
  isSameServer,
  serversProblem,
} from '../../domain/resources/upstream.js';
import { upstreamAddress } from '../../domain/values/upstream-address.js';
import { parseUpstream } from '../../domain/values/upstream-address.js';
import { defineOperation, type Decision } from '../operation.js';
import { missingUpstream } from '../rules/upstream.js';
import { invalidUpstream, upstreamDecision } from './decision.js';
import { serverOf, serverText, upstreamSettings, withUpstreamSettings } from './input.js';

/** Changes what is named, for every route that uses the upstream, and leaves the rest as it is. */
export const updateUpstream = defineOperation({
  key: 'upstream.update',
  path: ['update', 'upstream'],
  summary: 'Change a pool of servers',
  examples: [
    'update upstream --name api-backend --add-server 10.0.1.13:8080',
    'update upstream --name api-backend --remove-server 10.0.1.10:8080',
    'update upstream --name api-backend --load-balancer least_conn',
  ],
  input: z.strictObject({
    name: upstreamName.describe('Name of the upstream').meta({ placeholder: 'name' }),
    addServer: z
      .array(serverText)
      .default([])
      .describe('Server to add: host:port, or host:port=weight (changes the weight of one that is there); repeatable')
      .meta({ placeholder: 'host:port', items: true }),
    removeServer: z
      .array(upstreamAddress)
      .default([])
      .describe('Server to remove; repeatable')
      .meta({ placeholder: 'host:port', items: true }),
    ...upstreamSettings,
  }),
  subject: (input) => input.name,
  questions: (state, input) => {
    const kept = find(state, 'Upstream', input.name)?.value.servers ?? [];
    const addresses = [...kept.map(({ address }) => address), ...input.addServer.map((text) => serverOf(text).address)];
    return addresses.map((address) => ({ kind: 'dials', dial: parseUpstream(address).dial }));
  },
  decide(state, input, answers) {
    const before = find(state, 'Upstream', input.name)?.value;
    if (!before) return { kind: 'refuse', refusal: missingUpstream(state, input.name) };
    const unknown = input.removeServer.find(
      (address) => !before.servers.some((server) => isSameServer(server.address, address)),
    );
    if (unknown !== undefined) return unknownServer(before, unknown);
    const left = before.servers.filter(
      ({ address }) => !input.removeServer.some((removed) => isSameServer(address, removed)),
    );
    const servers = withAdded(left, input.addServer.map(serverOf));
    if (servers.length === 0) {
      const hint = 'Add another server in the same command, or delete the upstream.';
      return invalidUpstream(`${before.name} would have no server left`, hint);
    }
    const problem = serversProblem(servers);
    if (problem !== null) return invalidUpstream(problem, 'Correct --add-server.');
    const after = withUpstreamSettings({ ...before, servers }, input);
    if ('problem' in after) return invalidUpstream(after.problem, 'See: hecate update upstream --help');
    return upstreamDecision(state, { before, after }, answers);
  },
});

/** One that is there already takes the weight that is given now. */
function withAdded(servers: readonly UpstreamServer[], added: readonly UpstreamServer[]): UpstreamServer[] {
  const result = [...servers];
  for (const server of added) {
    const index = result.findIndex(({ address }) => isSameServer(address, server.address));
    if (index < 0) result.push(server);
    else result[index] = server;
  }
  return result;
}

function unknownServer({ name, servers }: Upstream, address: string): Decision {
  const addresses = servers.map((server) => server.address);
  const close = nearest(address, addresses);
  return {
    kind: 'refuse',
    refusal: {
      kind: 'missing',
      code: 'server-missing',
      message: `upstream ${name} has no server ${address}`,
      hint: close ? `Did you mean ${close}?` : `Its servers: ${addresses.join(', ')}`,
    },
  };
}
