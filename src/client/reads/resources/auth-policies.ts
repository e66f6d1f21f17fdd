import { z } from 'zod';
import { formOf, manifestOf } from '../../../domain/manifests/manifest.js';
import { policyName } from '../../../domain/resources/auth-policy.js';
import { missingPolicy, routesWith } from '../../../operations/rules/sign-in.js';
import { listOf, oneOf, type ResourceView, type Row } from './resource-reads.js';

interface PolicyStatus {
  /** Domains of the routes that name it. */
  readonly routes: readonly string[];
}

const view: ResourceView<'AuthPolicy', PolicyStatus> = {
  kind: 'AuthPolicy',
  plural: 'auth policies',
  manifest: (policy) => manifestOf('AuthPolicy', policy),
  spec: () => formOf('AuthPolicy').spec,
  statusShape: z.strictObject({ routes: z.array(z.string()) }),
  statuses:
    ({ state }) =>
    ({ name }) => ({ routes: routesWith(state, name) }),
};

/** Lists all auth policies. */
export const listAuthPolicies = listOf(view, {
  path: ['list', 'auth-policies'],
  summary: 'List all auth policies',
  columns: [
    ['NAME', ({ name }) => name],
    ['GROUPS', ({ value }) => value.groups.join(', ') || '–'],
    ['METADATA', (row) => metadataOf(row).join(', ') || '–'],
    ['MFA', ({ value }) => (value.requireMFA ? 'yes' : 'no')],
    ['ROUTES', ({ status }) => String(status.routes.length)],
  ],
});

/** Shows one auth policy with the routes that use it. */
export const readAuthPolicy = oneOf(view, {
  path: ['read', 'auth-policy'],
  summary: 'Show one auth policy',
  examples: ['read auth-policy --name api-users'],
  input: z.strictObject({
    name: policyName.describe('name of the policy').meta({ placeholder: 'name', names: 'AuthPolicy' }),
  }),
  name: ({ name }) => name,
  missing: missingPolicy,
  fields: (row) => [
    ['Name', row.name],
    ['Provider', row.value.provider],
    ['Sign-in flow', row.value.flow],
    ['Groups', row.value.groups.length === 0 ? 'every user' : `one of ${row.value.groups.join(', ')}`],
    ['Missing groups', row.value.createGroups ? 'are created' : null],
    ['Second factor', row.value.requireMFA ? 'required' : 'not required'],
    ['Attributes', metadataOf(row)],
    ['Routes', row.status.routes.length === 0 ? 'none' : row.status.routes.join(', ')],
  ],
});

function metadataOf({ value }: Row<'AuthPolicy', PolicyStatus>): string[] {
  return Object.entries(value.metadata).map(([name, text]) => `${name}=${text}`);
}
