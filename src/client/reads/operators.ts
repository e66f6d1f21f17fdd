import { API_VERSION } from '../../domain/manifests/manifest.js';
import { operatorSchema } from '../../domain/resources/operator.js';
import { z } from 'zod';
import { listOf, type ResourceView } from './resource-reads.js';

const view: ResourceView<'Operator', object> = {
  kind: 'Operator',
  plural: 'operators',
  manifest: ({ name, role, publicKey }) => {
    return { apiVersion: API_VERSION, kind: 'Operator', metadata: { name }, spec: { role, publicKey } };
  },
  spec: () => operatorSchema.omit({ name: true }),
  statusShape: z.strictObject({}),
  statuses: () => () => ({}),
};

/** Lists everybody who may start operations. */
export const listOperators = listOf(view, {
  path: ['list', 'operators'],
  summary: 'List who may start operations',
  columns: [
    ['NAME', ({ name }) => name],
    ['ROLE', ({ value }) => value.role],
    ['PUBLIC KEY', ({ value }) => value.publicKey],
  ],
});
