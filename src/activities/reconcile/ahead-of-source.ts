import { changesToward, missingPrerequisites, type Desired } from '../../domain/manifests/desired.js';
import type { ManifestResource } from '../../domain/manifests/manifest.js';
import { definitionOf, hasRole, type ResourceKind } from '../../domain/resources/kinds.js';
import { find, type State } from '../../domain/log/state.js';
import type { AheadOfSource, ReconcileComponent } from '../../workflows/contracts/reconcile.js';
import type { Dependencies } from '../dependencies.js';
import { lastChanges } from './last-change.js';

/** Returns the resources that differ from a source commit applied before: the log wins, and the report shows them. */
export async function aheadOf(
  { log }: Dependencies,
  state: State,
  { desired, component }: { readonly desired: Desired; readonly component: ReconcileComponent },
): Promise<AheadOfSource[]> {
  const gone = missingPrerequisites(state, desired).map(({ resource }) => differenceOf(state, resource));
  const differing = [...gone, ...changesToward(state, desired)].filter(({ kind }) => isPartOf(component, kind));
  const lastChange = await lastChanges(log, state, differing);
  return differing.map((change) => {
    const last = lastChange(change);
    const resource = `${change.kind}/${change.name}`;
    return { resource, git: change.after, log: change.before, since: last?.at ?? null, by: last?.actor ?? null };
  });
}

function isPartOf(component: ReconcileComponent, kind: ResourceKind): boolean {
  return hasRole(kind, 'base', 'asserted') && (component === 'all' || component === definitionOf(kind).plural);
}

/** A missing secret is a difference too, although only a person can restore it. */
function differenceOf(state: State, { kind, name, value }: ManifestResource) {
  return { kind, name, before: find(state, kind, name)?.value ?? null, after: value };
}
