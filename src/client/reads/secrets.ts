import { z } from 'zod';
import { formOf, manifestOf } from '../../domain/manifests/manifest.js';
import { secretName } from '../../domain/values/name.js';
import { missingSecret, routesWithSecret } from '../../operations/rules/route.js';
import { listOf, oneOf, type ResourceView } from './resource-reads.js';

interface SecretStatus {
  readonly version: number;
  /** Domains of the routes that use it. */
  readonly routes: readonly string[];
}

const view: ResourceView<'Secret', SecretStatus> = {
  kind: 'Secret',
  plural: 'secrets',
  manifest: (secret) => manifestOf('Secret', secret),
  spec: () => formOf('Secret').spec,
  statusShape: z.strictObject({ version: z.int(), routes: z.array(z.string()) }),
  // The edition is part of a path in Vault, so it is left out.
  statuses:
    ({ state }) =>
    ({ name, value }) => ({ version: value.version, routes: routesWithSecret(state, name) }),
};

/** Lists all secrets, never a value. */
export const listSecrets = listOf(view, {
  path: ['list', 'secrets'],
  summary: 'List all secrets, never a value',
  columns: [
    ['NAME', ({ name }) => name],
    ['KIND', ({ value }) => value.kind],
    ['VERSION', ({ value }) => String(value.version)],
    ['ROUTES', ({ status }) => String(status.routes.length)],
  ],
});

/** Shows one secret with the routes that use it, never its value. */
export const readSecret = oneOf(view, {
  path: ['read', 'secret'],
  summary: 'Show one secret, never its value',
  examples: ['read secret --name team'],
  input: z.strictObject({
    name: secretName.describe('name of the secret').meta({ placeholder: 'name', names: 'Secret' }),
  }),
  name: ({ name }) => name,
  missing: missingSecret,
  fields: ({ name, value, status }) => [
    ['Name', name],
    ['Kind', value.kind],
    ['Version', String(status.version)],
    ['Routes', status.routes.length === 0 ? 'none' : status.routes.join(', ')],
  ],
});
