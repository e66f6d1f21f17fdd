import { z } from 'zod';
import { API_VERSION } from '../../../domain/manifests/manifest.js';
import { probationSchema, type ProbationLimits } from '../../../domain/resources/probation.js';
import { relativeTime } from '../../print/relative-time.js';
import { listOf, type ResourceView } from './resource-reads.js';

const view: ResourceView<'Probation', object> = {
  kind: 'Probation',
  plural: 'probations',
  manifest: ({ name, ...spec }) => ({ apiVersion: API_VERSION, kind: 'Probation', metadata: { name }, spec }),
  spec: () => probationSchema.omit({ name: true }),
  statusShape: z.strictObject({}),
  statuses: async () => () => ({}),
};

/** Lists the changes that undo themselves when their routes get worse. */
export const listProbations = listOf(view, {
  path: ['list', 'probations'],
  summary: 'List the changes that undo themselves when their routes get worse',
  columns: [
    ['OPERATION', ({ name }) => name],
    ['ROUTES', ({ value: { routes } }) => (routes.length > 3 ? `${routes.length} routes` : routes.join(', '))],
    ['ENDS', ({ value, now }) => relativeTime(value.until, now)],
    ['LIMITS', ({ value }) => limitsText(value.limits)],
  ],
});

function limitsText({ maxErrorRate, maxLatencyP99 }: ProbationLimits): string {
  const given = [
    ...(maxErrorRate === null ? [] : [`errors ${maxErrorRate}%`]),
    ...(maxLatencyP99 === null ? [] : [`p99 ${maxLatencyP99}`]),
  ];
  return given.length === 0 ? 'as before' : given.join(', ');
}
