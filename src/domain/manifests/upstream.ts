import { z } from 'zod';
import { withoutDefaults, defineForm } from './form.js';
import {
  serverHealthCheckSchema,
  serverSchema,
  upstreamName,
  upstreamSchema,
  serversProblem,
  USUAL_CHECK_TIMEOUT,
} from '../resources/upstream.js';

const { path, interval, timeout, status } = serverHealthCheckSchema.shape;
const USUAL_INTERVAL = '30s';
const NO_TIMEOUT = 'none';

const serverSpec = z.strictObject({
  address: serverSchema.shape.address.describe('Address: host:port, [IPv6]:port, unix//path, http://… or https://…'),
  weight: serverSchema.shape.weight
    .default(1)
    .describe('Share of the requests with the load balancer “weighted”, relative to the other servers.'),
});

const checkSpec = z.strictObject({
  path: path.describe('Path that a healthy server answers, such as /health.'),
  interval: interval.default(USUAL_INTERVAL).describe('Time between two checks.'),
  timeout: timeout.default(USUAL_CHECK_TIMEOUT).describe('Longest wait for the answer to a check.'),
  status: z
    // Without quotes YAML reads a number.
    .union([status.unwrap(), z.int().min(100).max(599)], {
      error: 'a status is a code such as 200, or a class such as 2xx',
    })
    .optional()
    .describe('Status of a healthy answer: a code such as 200, or a class such as 2xx. Without it, any below 400.'),
});

const upstreamSpec = z.strictObject({
  servers: z
    .array(serverSpec)
    .min(1, 'an upstream has at least one server')
    .describe('Servers of the upstream. The load balancer “first” prefers earlier ones.'),
  loadBalancer: upstreamSchema.shape.loadBalancer.default('round_robin').describe('Load balancing policy.'),
  healthCheck: checkSpec.optional().describe('Active health check of each server.'),
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
        healthCheck: healthCheck === null ? undefined : { ...healthCheck, status: healthCheck.status ?? undefined },
        timeout: timeout ?? NO_TIMEOUT,
      },
    ),
  }),
  valueOf: (name, { servers, loadBalancer, healthCheck, timeout }) => ({
    name,
    servers,
    loadBalancer,
    healthCheck: healthCheck ? { ...healthCheck, status: statusOf(healthCheck.status) } : null,
    timeout: timeout === NO_TIMEOUT ? null : timeout,
    source: null,
  }),
  contradiction(_name, { servers }) {
    const message = serversProblem(servers);
    return message === null ? null : { path: ['spec', 'servers'], message };
  },
});

function statusOf(status: string | number | undefined): string | null {
  return status === undefined ? null : String(status);
}
