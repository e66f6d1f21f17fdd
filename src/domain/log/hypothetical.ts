import type { Change, Commit } from './commit.js';
import { fold, type State } from './state.js';
import { tracking } from './tracking.js';

/** The state as it would be after these changes, to judge them by. What is looked up in it counts as read in `state`. */
export function stateAfter(state: State, changes: readonly Change[]): State {
  const sequence = (state.head?.sequence ?? 0) + 1;
  const planned = { id: 'planned', actor: '', reason: null, operation: '', workflowId: '', previous: state.head };
  const message: Commit = { type: 'committed', ...planned, at: state.at ?? '', changes };
  const after = fold(state, [{ position: { sequence, hash: '' }, message }]);
  return { ...after, open: state.open, resources: tracking(after.resources, (key) => void state.resources.get(key)) };
}
