import { all, type State } from '../log/state.js';
import type { Secret } from '../resources/secret.js';
import { secretKinds } from '../secrets/kinds.js';
import { manifestKinds, type ManifestResource } from './manifest.js';
import { withRotationPlans } from './rotation-plans.js';

/** Returns every resource of a state that manifests describe, by kind and name. */
export function describedBy(state: State): ManifestResource[] {
  return manifestKinds.flatMap((kind) =>
    all(state, kind).map(({ name, value }) => ({ kind, name, value }) as ManifestResource),
  );
}

/**
 * Returns the resources of which an export writes manifests: all but Hecate's own credentials, which exist in every environment
 * under the names of its systems. One with a schedule of its own is there, since the schedule needs it.
 */
export function exportedFrom(state: State): ManifestResource[] {
  const described = describedBy(state);
  const scheduled = scheduledSecrets(described);
  return described.filter((one) => !isOwnSecret(one) || scheduled.has(one.name));
}

/** Returns the manifests of an export: {@link exportedFrom}, with the schedules that are a part of their secrets. */
export function exportedManifests(state: State): ManifestResource[] {
  return withRotationPlans(exportedFrom(state));
}

function isOwnSecret({ kind, value }: ManifestResource): boolean {
  if (kind !== 'Secret') return false;
  const secret = value as Partial<Secret>;
  return secretKinds.some(({ name, isOwn }) => isOwn && name === secret.kind);
}

function scheduledSecrets(resources: readonly ManifestResource[]): ReadonlySet<string> {
  return new Set(
    resources.flatMap(({ kind, value }) =>
      kind === 'Schedule' && value.action.kind === 'rotate' ? (value.action.secret ?? []) : [],
    ),
  );
}
