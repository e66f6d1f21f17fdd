import { stateAfter } from '../log/hypothetical.js';
import type { Change } from '../log/commit.js';
import { all, type State } from '../log/state.js';
import { changesOn, dependenceOf } from './concerns.js';

/** Most routes by which one change is judged. */
const MOST = 200;

/** Returns the routes whose traffic a change concerns, and that are there afterwards; at most 200. `state`: before the change. */
export function concernedRoutes(state: State, changes: readonly Change[]): string[] {
  const after = stateAfter(state, changes);
  const found: string[] = [];
  for (const { name } of all(after, 'Route')) {
    if (found.length >= MOST) break;
    if (changesOn(dependenceOf(after, name, []), changes).length > 0) found.push(name);
  }
  return found;
}
