import { parseBase } from './base-resource.js';
import { changeOf, type Change } from './commit.js';
import { isSame } from './fields.js';
import { formOf, manifestKinds, type Described } from './manifest.js';
import type { ManifestKind } from './manifest-form.js';
import type { Source } from './source.js';
import { all, find, type State } from './state.js';

/** What a source of manifests wants. */
export interface Desired {
  readonly source: Source;
  readonly resources: readonly Described[];
  /** Sentences about what is wrong with the manifests, with file and line; nothing is done then. */
  readonly problems: readonly string[];
}

/** A desired resource from outside, parsed; throws where it is none. */
export function parseDesired({ kind, value }: { readonly kind: string; readonly value: unknown }): Described {
  if (!manifestKinds.includes(kind as ManifestKind)) throw new Error(`manifests have no kind ${kind}`);
  const parsed = parseBase(kind as ManifestKind, value);
  return { kind, name: formOf(kind as ManifestKind).identityOf(parsed), value: parsed } as Described;
}

/** What must change so that everything that the source wants is there, and of its own it is so marked. */
export function changesToward(state: State, { source, resources }: Desired): Change[] {
  const changes = manifestKinds.flatMap((kind) =>
    resources.filter((resource) => resource.kind === kind).flatMap((resource) => changeToward(state, resource, source)),
  );
  const held = find(state, 'Source', source.name)?.value ?? null;
  // A folder without a commit of its own is nothing to remember where it changes nothing.
  const isKnown = isSame(held, source) || (changes.length === 0 && source.sha === null);
  return isKnown ? changes : [...changes, changeOf('Source', source.name, held, source)];
}

/** What came from the source and is not wanted by it any more. */
export function changesToPrune(state: State, { source, resources }: Desired): Change[] {
  const wanted = new Set(resources.map((resource) => `${resource.kind}/${resource.name}`));
  return [...manifestKinds].reverse().flatMap((kind) =>
    all(state, kind)
      .filter((held) => held.value.source === source.name && !wanted.has(`${kind}/${held.name}`))
      .map((held) => changeOf(kind, held.name, held.value, null) as Change),
  );
}

function changeToward(state: State, resource: Described, source: Source): Change[] {
  const { name } = resource;
  const before = find(state, resource.kind, name)?.value ?? null;
  // What is there just so stays whose it is: agreeing with it is no change.
  if (before !== null && isSame(before, { ...resource.value, source: before.source })) return [];
  return [changeOf(resource.kind, name, before, { ...resource.value, source: source.name }) as Change];
}
