import { API_VERSION } from '../../../domain/manifests/manifest.js';
import { find } from '../../../domain/log/state.js';
import { keysOf, operatorName, operatorSchema } from '../../../domain/resources/operator.js';
import { includesRole, roleRights, roles, type Role } from '../../../domain/values/role.js';
import { missing } from '../../../operations/refusals.js';
import { Failure } from '../../../ports/failure.js';
import { z } from 'zod';
import type { OperatorHere, ReadContext } from '../read.js';
import { listOf, oneOf, type ResourceView } from './resource-reads.js';

interface OperatorStatus {
  /** The key of this user is the key of this operator. */
  readonly isHere: boolean;
}

const view: ResourceView<'Operator', OperatorStatus> = {
  kind: 'Operator',
  plural: 'operators',
  manifest: ({ name, ...spec }) => {
    return { apiVersion: API_VERSION, kind: 'Operator', metadata: { name }, spec };
  },
  spec: () => operatorSchema.omit({ name: true }),
  statusShape: z.strictObject({ isHere: z.boolean() }),
  async statuses({ state }, context, only) {
    const here = await keyHere(context);
    const held = only === null || here?.name !== only ? undefined : find(state, 'Operator', only)?.value;
    const isOld = held !== undefined && !keysOf(held).includes(here?.publicKey ?? '');
    return {
      of: ({ name, value }) => ({ isHere: here?.name === name && keysOf(value).includes(here.publicKey) }),
      talk: isOld ? [`the key here is not the key of ${only} in the log, so its requests are refused`] : [],
    };
  },
};

/** Returns the operator whose key this user has; null: there is no usable key. */
async function keyHere({ operatorHere }: ReadContext): Promise<OperatorHere | null> {
  try {
    return await operatorHere();
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}

/** Returns what a role may do, the rights of those before it included. */
function rightsOf(role: Role): string {
  return roles
    .filter((one) => includesRole(role, one))
    .map((one) => roleRights[one])
    .join('; ');
}

/** Lists everybody who may start operations. */
export const listOperators = listOf(view, {
  path: ['list', 'operators'],
  summary: 'List who may start operations',
  columns: [
    ['NAME', ({ name, status }) => (status.isHere ? `${name} (this key)` : name)],
    ['ROLE', ({ value }) => value.role],
    ['PUBLIC KEY', ({ value }) => keysOf(value).join(', ')],
  ],
});

/** Shows one operator and its rights; without a name the one whose key this user has. */
export const readOperator = oneOf(view, {
  path: ['read', 'operator'],
  summary: 'Show one operator and what it may do',
  examples: ['read operator', 'read operator --name anna'],
  input: z.strictObject({
    name: operatorName
      .optional()
      .describe('name of the operator (default: the one whose key is here)')
      .meta({ placeholder: 'name', names: 'Operator' }),
  }),
  name: async ({ name }, { operatorHere }) => name ?? (await operatorHere()).name,
  missing: (state, name) => missing(state, 'Operator', name),
  fields: ({ name, value, status }) => [
    ['Name', name],
    ['Role', value.role],
    ['May', rightsOf(value.role)],
    ['Public key', value.publicKey],
    ...(value.secondKey === undefined
      ? []
      : [['Also valid', `${value.secondKey} (the key is being rotated)`] as const]),
    ['Key here', status.isHere ? 'yes' : 'no'],
  ],
});
