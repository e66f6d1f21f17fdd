import { type Change, type Commit, changeOf } from './commit.js';
import { fold, type State, find } from './state.js';
import { tracking } from './tracking.js';
import { isSame } from '../data/fields.js';
import type { ResourceKind } from '../resources/kinds.js';

/** Returns the state as it would be after these changes. Reads of the result count as reads of `state`. */
export function stateAfter(state: State, changes: readonly Change[]): State {
  const sequence = (state.head?.sequence ?? 0) + 1;
  const planned = { id: 'planned', actor: '', reason: null, operation: '', workflowId: '', previous: state.head };
  const message: Commit = { type: 'committed', ...planned, at: state.at ?? '', changes };
  const after = fold(state, [{ position: { sequence, hash: '' }, message }]);
  return { ...after, open: state.open, resources: tracking(after.resources, (key) => void state.resources.get(key)) };
}

/**
 * Returns the changes that turn one state into another, ordered by kind and name, for the kinds that `isMeant` accepts. Only
 * resources that differ count as reads of `from`, so other changes do not make a plan out of date.
 */
export function stateDifference(from: State, to: State, isMeant: (kind: ResourceKind) => boolean): Change[] {
  // Copy first: iterating the tracked map records no reads, and `get` on each key would record them all.
  const [before, after] = [new Map(from.resources), new Map(to.resources)];
  return [...new Map([...before, ...after])]
    .filter(([key, { kind }]) => isMeant(kind) && !isSame(before.get(key)?.value, after.get(key)?.value))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { kind, name }]) => {
      const [old, now] = [find(from, kind, name), find(to, kind, name)];
      return changeOf(kind, name, old?.value ?? null, now?.value ?? null) as Change;
    });
}
