import { manifestKinds, type ManifestResource } from '../../domain/manifests/manifest.js';
import type { ManifestKind } from '../../domain/manifests/form.js';
import { all, type State } from '../../domain/log/state.js';

/** Every resource of a state that manifests describe, by kind and name. */
export function describedBy(state: State, kinds: readonly ManifestKind[] = manifestKinds): ManifestResource[] {
  return kinds.flatMap((kind) =>
    all(state, kind).map(({ name, value }) => ({ kind, name, value }) as ManifestResource),
  );
}

/** Prints all resources of one kind as manifests, one YAML document each. */
export async function printManifests(state: State, kind: ManifestKind): Promise<void> {
  const { manifestTexts } = await import('../../adapters/manifests/index.js');
  process.stdout.write(manifestTexts(describedBy(state, [kind])));
}
