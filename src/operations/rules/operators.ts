import { all, type State } from '../../domain/log/state.js';
import type { Operator } from '../../domain/resources/operator.js';
import type { Refusal } from '../../domain/refusal.js';
import { conflict } from '../refusals.js';

/**
 * Returns the refusal of a change after which no admin would be left (exit code 4); null: one is left, or there was none
 * before. Reads all operators, so that a plan becomes stale when another of them changes.
 */
export function lastAdmin(state: State, changes: ReadonlyMap<string, Operator | null>): Refusal | null {
  const before = all(state, 'Operator').map(({ value }) => value);
  const kept = before.filter(({ name }) => !changes.has(name));
  const after = [...kept, ...[...changes.values()].filter((one) => one !== null)];
  const [admin] = before.filter(isAdmin);
  if (admin === undefined || after.some(isAdmin)) return null;
  const other = after[0]?.name;
  const hint =
    other === undefined
      ? 'Create another admin first: hecate create operator --name NAME --role admin'
      : `Make another operator an admin first: hecate update operator --name ${other} --role admin`;
  return conflict('last-admin', `${admin.name} is the last admin; nobody could change operators any more`, hint);
}

function isAdmin({ role }: Operator): boolean {
  return role === 'admin';
}
