import { manifestKinds, type ManifestResource } from '../../domain/manifests/manifest.js';
import { all, type State } from '../../domain/log/state.js';

/** Returns every resource of a state that manifests describe, by kind and name. */
export function describedBy(state: State): ManifestResource[] {
  return manifestKinds.flatMap((kind) =>
    all(state, kind).map(({ name, value }) => ({ kind, name, value }) as ManifestResource),
  );
}
