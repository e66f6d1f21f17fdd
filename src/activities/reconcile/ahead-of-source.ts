import type { LaterChange } from '../../domain/log/later-change.js';
import { find, type State } from '../../domain/log/state.js';
import { missingPrerequisites, type Desired } from '../../domain/manifests/desired.js';
import { definitionOf, hasRole, type ManifestKind, type ResourceKind } from '../../domain/resources/kinds.js';
import type { ReconcileComponent } from '../../domain/resources/components.js';
import type { AheadOfSource } from '../../workflows/contracts/reconcile.js';
import type { Dependencies } from '../dependencies.js';
import { lastChanges } from './last-change.js';

/** Result of a merge, with the manifests that it merged. */
interface Merged {
  readonly desired: Desired;
  readonly component: ReconcileComponent;
  readonly ahead: readonly LaterChange[];
}

/** Returns the resources in which the log is ahead of a source, with the author of each change, and the secrets that the log lacks. */
export async function aheadOf(
  { log }: Dependencies,
  state: State,
  { desired, component, ahead }: Merged,
): Promise<AheadOfSource[]> {
  const gone = missingPrerequisites(state, desired)
    .map(({ resource }) => resource)
    .filter(({ kind }) => isPartOf(component, kind));
  const lastChange = await lastChanges(log, state, gone);
  const missing = gone.map(({ kind, name, value }) => {
    const last = lastChange({ kind, name });
    const sides = { git: value, log: find(state, kind, name)?.value ?? null };
    return { resource: `${kind}/${name}`, ...sides, since: last?.at ?? null, by: last?.actor ?? null, reason: null };
  });
  const described = new Map(desired.resources.map(({ kind, name, value }) => [`${kind}/${name}`, value]));
  const groups = new Map<string, LaterChange[]>();
  for (const one of ahead) {
    const key = `${one.resource} ${one.author?.sequence}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const changed = [...groups.values()].flatMap((fields) => {
    const [{ resource, author } = { resource: '', author: null }] = fields;
    const [kind, name] = partsOf(resource);
    if (!isPartOf(component, kind)) return [];
    const sides = { git: described.get(resource) ?? null, log: find(state, kind, name)?.value ?? null };
    const { at = null, actor = null, reason = null } = author ?? {};
    return [{ resource, ...sides, since: at, by: actor, reason, fields }];
  });
  return [...missing, ...changed];
}

function partsOf(resource: string): [ManifestKind, string] {
  const at = resource.indexOf('/');
  return [resource.slice(0, at) as ManifestKind, resource.slice(at + 1)];
}

function isPartOf(component: ReconcileComponent, kind: ResourceKind): boolean {
  return hasRole(kind, 'base', 'asserted') && (component === 'all' || component === definitionOf(kind).plural);
}
