import { changeOf } from '../../domain/log/commit.js';
import { all, type State } from '../../domain/log/state.js';
import { definitionOf, hasRole, resourceKinds } from '../../domain/resources/kinds.js';
import { operatorName, publicKey, type Operator } from '../../domain/resources/operator.js';
import { roleRights, roles } from '../../domain/values/role.js';
import type { Decision } from '../operation.js';
import { refuse } from '../refusals.js';
import { lastAdmin } from '../rules/operators.js';

/** The name of an operator, as a field of commands. */
export const nameField = operatorName.describe('Name of the operator').meta({ placeholder: 'name', names: 'Operator' });

/** Roles with their rights, for help. */
export const ROLE_HELP = roles.map((role) => `${role}: ${roleRights[role]}`).join('; ');

/** The public half of a key that somebody made, as a field of commands. */
export const publicKeyField = publicKey
  .optional()
  .describe('Public half of a key that exists; no key is made then')
  .meta({ placeholder: 'key' });

/** Returns the decision to replace one operator. Refuses to take the role of the last admin. */
export function operatorDecision(
  state: State,
  { before, after }: { readonly before: Operator | null; readonly after: Operator | null },
  warnings: readonly string[] = [],
): Decision {
  const name = (after ?? before)?.name ?? '';
  if (before !== null) {
    const refusal = lastAdmin(state, new Map([[name, after]]));
    if (refusal) return refuse(refusal);
  }
  return { kind: 'change', changes: [changeOf('Operator', name, before, after)], expect: { hosts: [] }, warnings };
}

/** Returns a sentence for each thing that an operator started and that goes on without it. `deleted`: schedules that do not. */
export function goesOn(state: State, operator: string, deleted: ReadonlySet<string> = new Set()): string[] {
  const started = (by: string) => by === operator || by.startsWith(`${operator} (for `);
  return resourceKinds
    .filter((kind) => hasRole(kind, 'overlay') || kind === 'Schedule')
    .flatMap((kind) =>
      all(state, kind)
        .filter(({ createdBy, name }) => started(createdBy) && !(kind === 'Schedule' && deleted.has(name)))
        .map(
          ({ name }) =>
            `the ${definitionOf(kind).noun} ${hasRole(kind, 'overlay') ? 'of ' : ''}${name}, which ${operator} started, goes on`,
        ),
    );
}
