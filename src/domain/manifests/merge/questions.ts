import { isSame } from '../../data/fields.js';
import { isBaseKind } from '../../log/base-kinds.js';
import { all, find, type State } from '../../log/state.js';
import { kindsWithRole, resourceKey, type ResourceKey } from '../../resources/kinds.js';
import { isPlainFolder } from '../../resources/source.js';
import type { MergedManifests } from './source.js';

/** Sources, and resources that none of them described, whose past a merge needs from the log; both are empty when it needs none. */
export function neededPast(
  state: State,
  { source, resources }: MergedManifests,
): {
  readonly sources: readonly string[];
  readonly resources: readonly { readonly key: ResourceKey; readonly revision: number }[];
} {
  let isMissing = false;
  const held = resources.flatMap(({ kind, name, value }) => {
    if (!isBaseKind(kind)) return [];
    const found = find(state, kind, name);
    if (found === undefined) isMissing = true;
    return found === undefined || isSame(found.value, value, 'source')
      ? []
      : [{ key: resourceKey(kind, name), source: found.value.source, revision: found.revision }];
  });
  const described = new Set(resources.map(({ kind, name }) => `${kind}/${name}`));
  const isLeft = kindsWithRole('base').some((kind) =>
    all(state, kind).some(({ name, value }) => value.source === source.name && !described.has(`${kind}/${name}`)),
  );
  if (held.length === 0 && !isMissing && !isLeft) return { sources: [], resources: [] };
  const owners = new Set(held.flatMap(({ source }) => source ?? []));
  const isNew = find(state, 'Source', source.name) === undefined;
  const sources = all(state, 'Source').filter(
    ({ name, value }) => name === source.name || ((isNew || owners.has(name)) && isPlainFolder(value)),
  );
  const names = sources.map(({ name }) => name);
  const others = held.filter(({ source }) => !names.includes(source ?? ''));
  return { sources: names, resources: others.map(({ key, revision }) => ({ key, revision })) };
}
