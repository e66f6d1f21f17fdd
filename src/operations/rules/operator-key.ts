import { find, type State } from '../../domain/log/state.js';
import type { Refusal } from '../../domain/refusal.js';
import { operatorOfSecret, OWN_ACTOR } from '../../domain/resources/operator.js';
import type { Secret } from '../../domain/resources/secret.js';
import { denied } from '../refusals.js';

/**
 * Returns the refusal of an actor who may not rotate this secret; null: he may. The key of an operator is rotated by himself or
 * by an admin, since copies of it on other machines are refused afterwards.
 */
export function notOwnKey(state: State, { name, kind }: Pick<Secret, 'name' | 'kind'>, actor: string): Refusal | null {
  if (kind !== 'operator-key' || actor === OWN_ACTOR) return null;
  const operator = operatorOfSecret(name);
  if (actor === operator || find(state, 'Operator', actor)?.value.role === 'admin') return null;
  return denied(
    'not-own-key',
    `${name} is the key of operator ${operator}; ${operator} or an admin rotates it`,
    `Ask ${operator} or an admin to run: hecate update secret rotate --name ${name}`,
  );
}
