import { z } from 'zod';
import { withoutDefaults, defineForm } from '../form.js';
import { healthCheckOf, healthCheckSpec, healthCheckSpecOf } from './health-check.js';
import { serverSchema, upstreamName, upstreamSchema, serversProblem } from '../../resources/upstream.js';

const NO_TIMEOUT = 'none';

const serverSpec = z.strictObject({
  address: serverSchema.shape.address.describe('Address: host:port, [IPv6]:port, unix//path, http://… or https://…'),
  weight: serverSchema.shape.weight
    .default(1)
    .describe('Share of the requests with the load balancer “weighted”, relative to the other servers.'),
});

const upstreamSpec = z.strictObject({
  servers: z
    .array(serverSpec)
    .min(1, 'an upstream has at least one server')
    .describe('Servers of the upstream. The load balancer “first” prefers earlier ones.'),
  loadBalancer: upstreamSchema.shape.loadBalancer.default('round_robin').describe('Load balancing policy.'),
  healthCheck: healthCheckSpec.optional().describe('Active health check of each server.'),
  timeout: z
    .union([z.literal(NO_TIMEOUT), upstreamSchema.shape.timeout.unwrap()])
    .default(NO_TIMEOUT)
    .describe('Longest wait for the headers of a server’s answer; none: no limit.'),
});

/** Manifests of upstreams. `metadata.name` is the upstream's name. */
export const upstreamForm = defineForm({
  kind: 'Upstream',
  name: upstreamName,
  spec: upstreamSpec,
  nameOf: ({ name }) => name,
  specOf: ({ servers, loadBalancer, healthCheck, timeout }) => ({
    servers: servers.map((server) => ({
      address: server.address,
      ...withoutDefaults({ weight: 1 }, { weight: server.weight }),
    })),
    loadBalancer,
    ...withoutDefaults<Partial<z.input<typeof upstreamSpec>>>(
      { timeout: NO_TIMEOUT },
      {
        healthCheck: healthCheckSpecOf(healthCheck),
        timeout: timeout ?? NO_TIMEOUT,
      },
    ),
  }),
  valueOf: (name, { servers, loadBalancer, healthCheck, timeout }) => ({
    name,
    servers,
    loadBalancer,
    healthCheck: healthCheckOf(healthCheck),
    timeout: timeout === NO_TIMEOUT ? null : timeout,
    source: null,
  }),
  contradiction(_name, { servers }) {
    const message = serversProblem(servers);
    return message === null ? null : { path: ['spec', 'servers'], message };
  },
});
