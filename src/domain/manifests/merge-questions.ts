import { isSame } from '../data/fields.js';
import { isBaseKind } from '../log/base-kinds.js';
import { all, find, type State } from '../log/state.js';
import { kindsWithRole } from '../resources/kinds.js';
import { isPlainFolder } from '../resources/source.js';
import type { MergedManifests } from './merge-source.js';

/** Names of the sources and sequences of the commits that a merge needs from the log; both are empty when it needs none. */
export function neededPast(
  state: State,
  { source, resources }: MergedManifests,
): { readonly sources: readonly string[]; readonly commits: readonly number[] } {
  const held = resources.flatMap(({ kind, name, value }) => {
    if (!isBaseKind(kind)) return [];
    const found = find(state, kind, name);
    return found && isSame(found.value, value, 'source') ? [] : [found];
  });
  const described = new Set(resources.map(({ kind, name }) => `${kind}/${name}`));
  const isLeft = kindsWithRole('base').some((kind) =>
    all(state, kind).some(({ name, value }) => value.source === source.name && !described.has(`${kind}/${name}`)),
  );
  if (held.length === 0 && !isLeft) return { sources: [], commits: [] };
  const owners = new Set(held.flatMap((one) => one?.value.source ?? []));
  const isNew = find(state, 'Source', source.name) === undefined;
  const sources = all(state, 'Source').filter(
    ({ name, value }) => name === source.name || ((isNew || owners.has(name)) && isPlainFolder(value)),
  );
  const names = sources.map(({ name }) => name);
  const others = held.filter((one) => one && !names.includes(one.value.source ?? ''));
  return { sources: names, commits: others.flatMap((one) => one?.revision ?? []) };
}
