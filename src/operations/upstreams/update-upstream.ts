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
import { upstreamAddress } from '../../domain/values/network/upstream-address.js';
import { force } from '../rules/force.js';
import { defineOperation, type Decision } from '../operation.js';
import { upstreamDecision } from './decision.js';
import { serverOf, serverText, upstreamSettings, withUpstreamSettings } from './input.js';
import { absent, invalid, missing, refuse } from '../refusals.js';

/** Changes the given settings of an upstream, for every route that uses it. */
export const updateUpstream = defineOperation({
  key: 'upstream.update',
  path: ['update', 'upstream'],
  summary: 'Change an upstream',
  examples: [
    'update upstream --name api-backend --add-server 10.0.1.13:8080',
    'update upstream --name api-backend --remove-server 10.0.1.10:8080',
    'update upstream --name api-backend --load-balancer least_conn',
  ],
  input: z.strictObject({
    name: upstreamName.describe('Name of the upstream').meta({ placeholder: 'name', names: 'Upstream' }),
    addServer: z
      .array(serverText)
      .default([])
      .describe('Server to add: host:port, or host:port=weight (sets the weight of a server in the pool); repeatable')
      .meta({ placeholder: 'host:port', items: true }),
    removeServer: z
      .array(upstreamAddress)
      .default([])
      .describe('Server to remove; repeatable')
      .meta({ placeholder: 'host:port', items: true }),
    ...upstreamSettings,
    force,
  }),
  subject: (input) => input.name,
  decide(state, input) {
    const before = find(state, 'Upstream', input.name)?.value;
    if (!before) return refuse(missing(state, 'Upstream', input.name));
    const unknown = input.removeServer.find(
      (address) => !before.servers.some((server) => isSameServer(server.address, address)),
    );
    if (unknown !== undefined) return unknownServer(before, unknown);
    const left = before.servers.filter(
      ({ address }) => !input.removeServer.some((removed) => isSameServer(address, removed)),
    );
    const servers = withAdded(left, input.addServer.map(serverOf));
    if (servers.length === 0) {
      const hint = `Add another server in the same command, or delete it with: hecate delete upstream --name ${before.name}`;
      return refuse(invalid('upstream-invalid', `upstream ${before.name} would have no servers left`, hint));
    }
    const problem = serversProblem(servers);
    if (problem !== null)
      return refuse(invalid('upstream-invalid', problem, 'Correct --add-server. See: hecate update upstream --help'));
    const after = withUpstreamSettings({ ...before, servers }, input);
    if ('problem' in after)
      return refuse(invalid('upstream-invalid', after.problem, 'See: hecate update upstream --help'));
    return upstreamDecision(state, { before, after });
  },
});

/** Returns the list with servers added. A server that the list has already gets the given weight. */
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
  const hint = close ? `Did you mean ${close}?` : `Its servers: ${addresses.join(', ')}`;
  return refuse(absent('server-missing', `upstream ${name} has no server ${address}`, hint));
}
