import type { ManifestKind } from '../../domain/resources/kinds.js';
import { identityField } from '../../domain/manifests/manifest.js';
import { referencesOf, unresolvedMessage } from '../../domain/manifests/references.js';
import type { Problem, SourceResource } from '../../domain/manifests/problems.js';
import type { UncheckedName, ParsedFile, ParsedResource } from './parse-file.js';

/** Returns the names of a kind that exist outside the source, so that manifests may refer to them. */
export type KnownNames = (kind: ManifestKind) => Iterable<string>;

/** Combines the resources of all files. Reports duplicates (HEC010) and references to unknown names (HEC011). */
export function checkSource(
  parsed: readonly ParsedFile[],
  known: KnownNames,
): { readonly resources: readonly SourceResource[]; readonly problems: readonly Problem[] } {
  const first = new Map<string, ParsedResource>();
  const problems: Problem[] = [];
  const meant = parsed.flatMap((file) => file.meant);
  for (const one of parsed.flatMap((file) => file.resources)) {
    const { kind, name } = one.resource;
    const other = first.get(`${kind}/${name}`);
    if (other) problems.push(duplicate(one, other));
    else first.set(`${kind}/${name}`, one);
  }
  const resources = [...first.values()];
  return {
    resources: resources.map(({ resource }) => resource),
    problems: [
      ...problems,
      ...unresolvedReferences(resources, namesByKind([...meant, ...resources.map(({ resource }) => resource)], known)),
    ],
  };
}

function duplicate({ resource, positionOf }: ParsedResource, other: ParsedResource): Problem {
  const { kind, name } = resource;
  const { path, line, column } = other.positionOf(identityField(kind));
  const message = `${kind} ${name} is already described at ${path}:${line}:${column}; remove one of them`;
  return { code: 'HEC010', message, at: positionOf(identityField(kind)) };
}

function unresolvedReferences(resources: readonly ParsedResource[], names: NamesOf): Problem[] {
  const said = new Map<string, string>();
  return resources.flatMap(({ resource, positionOf }) =>
    referencesOf(resource)
      .filter(({ kind, name }) => !names(kind).has(name))
      .map((reference) => {
        const { kind, name, path } = reference;
        // Reuse messages: many routes may name the same missing thing, and finding the nearest name is slow.
        const message = said.get(`${kind}/${name}`) ?? unresolvedMessage(reference, [...names(kind)]);
        said.set(`${kind}/${name}`, message);
        return { code: 'HEC011' as const, message, at: positionOf(path) };
      }),
  );
}

type NamesOf = (kind: string) => ReadonlySet<string>;

function namesByKind(described: readonly UncheckedName[], known: KnownNames): NamesOf {
  const byKind = new Map<string, Set<string>>();
  const namesOf = (kind: string) => {
    const names = byKind.get(kind) ?? new Set(known(kind as ManifestKind));
    byKind.set(kind, names);
    return names;
  };
  for (const { kind, name } of described) namesOf(kind).add(name);
  return namesOf;
}
