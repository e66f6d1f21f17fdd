import type { ManifestKind } from '../../domain/resources/kinds.js';
import { identityField } from '../../domain/manifests/manifest.js';
import { referencesOf, unresolved } from '../../domain/manifests/references.js';
import type { Problem, SourceResource } from '../../domain/manifests/problems.js';
import type { Named, ParsedFile, ParsedResource } from './parse-file.js';

/** Names of a kind that may be referred to although the source does not describe them. */
export type Known = (kind: ManifestKind) => Iterable<string>;

/** What files say together: each resource once, and what contradicts or misses another. */
export function checkSource(
  parsed: readonly ParsedFile[],
  known: Known,
): { readonly resources: readonly SourceResource[]; readonly problems: readonly Problem[] } {
  const first = new Map<string, ParsedResource>();
  const problems: Problem[] = [];
  const meant = parsed.flatMap((file) => file.meant);
  for (const one of parsed.flatMap((file) => file.resources)) {
    const { kind, name } = one.resource;
    const other = first.get(`${kind}/${name}`);
    if (other) problems.push(twice(one, other));
    else first.set(`${kind}/${name}`, one);
  }
  const resources = [...first.values()];
  return {
    resources: resources.map(({ resource }) => resource),
    problems: [
      ...problems,
      ...dangling(resources, namesByKind([...meant, ...resources.map(({ resource }) => resource)], known)),
    ],
  };
}

function twice({ resource, placeOf }: ParsedResource, other: ParsedResource): Problem {
  const { kind, name } = resource;
  const { path, line, column } = other.placeOf(identityField(kind));
  const message = `${kind} ${name} is described already at ${path}:${line}:${column}`;
  return { code: 'HEC010', message, at: placeOf(identityField(kind)) };
}

function dangling(resources: readonly ParsedResource[], names: NamesOf): Problem[] {
  const said = new Map<string, string>();
  return resources.flatMap(({ resource, placeOf }) =>
    referencesOf(resource)
      .filter(({ kind, name }) => !names(kind).has(name))
      .map((reference) => {
        const { kind, name, path } = reference;
        // Many routes may miss the same thing, and the search for the nearest name is slow.
        const message = said.get(`${kind}/${name}`) ?? unresolved(reference, [...names(kind)]);
        said.set(`${kind}/${name}`, message);
        return { code: 'HEC011' as const, message, at: placeOf(path) };
      }),
  );
}

type NamesOf = (kind: string) => ReadonlySet<string>;

function namesByKind(described: readonly Named[], known: Known): NamesOf {
  const byKind = new Map<string, Set<string>>();
  const namesOf = (kind: string) => {
    const names = byKind.get(kind) ?? new Set(known(kind as ManifestKind));
    byKind.set(kind, names);
    return names;
  };
  for (const { kind, name } of described) namesOf(kind).add(name);
  return namesOf;
}
