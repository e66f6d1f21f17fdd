import { isInComponents } from '../../domain/backup/components.js';
import { withRotationPlans } from '../../domain/manifests/rotation-plans.js';
import { exportedFrom } from '../../domain/manifests/exported.js';
import { all, type State } from '../../domain/log/state.js';
import { manifestText } from './manifest-text.js';
import { exportPath } from './write-folder.js';

/** A file of a backup. */
interface StatePart {
  readonly path: string;
  readonly content: Uint8Array;
}

/**
 * Yields the state of components as files below `state/`: one manifest each, as `export` writes them, and all operators in
 * `state/operators.json`. One at a time, since a state may be large.
 */
export function* stateParts(state: State, components: readonly string[] | 'all'): Generator<StatePart> {
  const resources = exportedFrom(state).filter(({ kind }) => isInComponents(kind, components));
  for (const resource of withRotationPlans(resources)) {
    yield { path: `state/${exportPath(resource)}`, content: Buffer.from(manifestText(resource)) };
  }
  if (!isInComponents('Operator', components)) return;
  const operators = all(state, 'Operator').map(({ value }) => value);
  yield { path: 'state/operators.json', content: Buffer.from(`${JSON.stringify(operators, null, 2)}\n`) };
}
