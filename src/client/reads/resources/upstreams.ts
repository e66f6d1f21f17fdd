import { z } from 'zod';
import { formOf, manifestOf } from '../../../domain/manifests/manifest.js';
import { upstreamName } from '../../../domain/resources/upstream.js';
import { missingUpstream, routesTo } from '../../../operations/rules/upstream.js';
import { healthCheckSummary, healthCheckText } from './health-check.js';
import { listOf, oneOf, type ResourceView, type Row } from './resource-reads.js';

interface UpstreamStatus {
  /** Domains of the routes that name it. */
  readonly routes: readonly string[];
}

const view: ResourceView<'Upstream', UpstreamStatus> = {
  kind: 'Upstream',
  plural: 'upstreams',
  manifest: (upstream) => manifestOf('Upstream', upstream),
  spec: () => formOf('Upstream').spec,
  statusShape: z.strictObject({ routes: z.array(z.string()) }),
  statuses:
    ({ state }) =>
    ({ name }) => ({ routes: routesTo(state, name) }),
};

/** Lists all upstreams. */
export const listUpstreams = listOf(view, {
  path: ['list', 'upstreams'],
  summary: 'List all upstreams',
  columns: [
    ['NAME', ({ name }) => name],
    ['SERVERS', (row) => serversOf(row).join(', ')],
    ['BALANCED', ({ value }) => value.loadBalancer],
    ['HEALTH CHECK', ({ value }) => healthCheckSummary(value.healthCheck) ?? '–'],
    ['ROUTES', ({ status }) => String(status.routes.length)],
  ],
});

/** Shows one upstream with the routes that use it. */
export const readUpstream = oneOf(view, {
  path: ['read', 'upstream'],
  summary: 'Show one upstream',
  examples: ['read upstream --name api-backend'],
  input: z.strictObject({
    name: upstreamName.describe('name of the upstream').meta({ placeholder: 'name', names: 'Upstream' }),
  }),
  name: ({ name }) => name,
  missing: missingUpstream,
  fields: (row) => [
    ['Name', row.name],
    ['Servers', serversOf(row)],
    ['Load balancer', row.value.loadBalancer],
    ['Health check', healthCheckText(row.value.healthCheck)],
    ['Timeout', row.value.timeout ?? 'none'],
    ['Routes', row.status.routes.length === 0 ? 'none' : row.status.routes.join(', ')],
  ],
});

function serversOf({ value: { servers, loadBalancer } }: Row<'Upstream', UpstreamStatus>): string[] {
  return servers.map(({ address, weight }) => (loadBalancer === 'weighted' ? `${address}=${weight}` : address));
}
