import { baseParser, isBaseKind, type BaseKind } from '../log/base-kinds.js';
import { changeOf, type Change } from '../log/commit.js';
import { isSame } from '../data/fields.js';
import { manifestKinds, missingPrerequisite, nameInLog, type ManifestResource } from './manifest.js';
import { kindsWithRole, type KindWithRole } from '../resources/kinds.js';
import type { ManifestValues } from './form.js';
import { describedSecretSchema } from '../resources/secret.js';
import { type Source, sourceSchema } from '../resources/source.js';
import { all, find, type State } from '../log/state.js';
import { z } from 'zod';
import { parseDeltaList, deltaListText } from '../data/delta-list.js';

/** The desired state that a source of manifests describes. */
export interface Desired {
  readonly source: Source;
  readonly resources: readonly ManifestResource[];
  /** Problems of the manifests, one sentence each with file and line. With any of them nothing is applied. */
  readonly problems: readonly string[];
  /** Source position (`file:line:column`) of each asserted resource, by kind and name; absent: not known. */
  readonly positions?: Readonly<Record<string, string>>;
}

/** Kinds that apply creates, changes and prunes, in order of creation. Secrets are left out: manifests never hold their values. */
const madeKinds = kindsWithRole('base');

/** Schemas of the values that manifests assert. */
const assertedSchemas: { readonly [K in KindWithRole<'asserted'>]: z.ZodType<ManifestValues[K]> } = {
  Secret: describedSecretSchema,
};

type Made = Extract<ManifestResource, { readonly kind: BaseKind }>;

/** Returns a parser of desired resources from outside; it throws for anything else. Use one parser for all of one reading. */
export function desiredParser(): (kind: string, value: unknown) => ManifestResource {
  const parseBase = baseParser();
  return (kind, value) => {
    const known = manifestKinds.find((one) => one === kind);
    if (known === undefined)
      throw new Error(`${kind} is not a kind of manifest; use one of ${manifestKinds.join(', ')}`);
    const parsed = isBaseKind(known) ? parseBase(known, value) : assertedSchemas[known].parse(value);
    return { kind, name: nameInLog(known, parsed), value: parsed } as ManifestResource;
  };
}

/** Returns the asserted resources that the log lacks or holds differently, each with a message. Apply cannot create them. */
export function missingPrerequisites(
  state: State,
  { resources, positions = {} }: Pick<Desired, 'resources' | 'positions'>,
): { readonly resource: ManifestResource; readonly problem: string }[] {
  return resources.flatMap((resource) => {
    const { message = null } = missingPrerequisite(state, resource) ?? {};
    if (message === null) return [];
    const at = positions[`${resource.kind}/${resource.name}`];
    return [{ resource, problem: at === undefined ? message : `${at}: HEC014 ${message}` }];
  });
}

/** Returns the changes that bring the log to the source's desired state. Changed resources get this source as their `source`. */
export function changesToward(state: State, { source: given, resources }: Desired): Change[] {
  const applied = find(state, 'Source', given.name)?.value ?? null;
  // A folder without Git has no commit, so keep the last applied head.
  const source = { ...given, head: given.head ?? applied?.head ?? null };
  const changes = madeKinds.flatMap((kind) =>
    resources
      .filter((one): one is Made => one.kind === kind)
      .flatMap((resource) => changeToward(state, resource, source)),
  );
  // Do not record a folder without a commit when it changes nothing.
  const isKnown = isSame(applied, source) || (changes.length === 0 && source.sha === null);
  return isKnown ? changes : [...changes, changeOf('Source', source.name, applied, source)];
}

/** Returns the deletions of resources that came from the source and that it no longer describes. */
export function changesToPrune(state: State, { source, resources }: Desired): Change[] {
  const wanted = new Set(resources.map((resource) => `${resource.kind}/${resource.name}`));
  return [...madeKinds].reverse().flatMap((kind) =>
    all(state, kind)
      .filter((held) => held.value.source === source.name && !wanted.has(`${kind}/${held.name}`))
      .map((held) => changeOf(kind, held.name, held.value, null) as Change),
  );
}

function changeToward(state: State, resource: Made, source: Source): Change[] {
  const { name } = resource;
  const before = find(state, resource.kind, name)?.value ?? null;
  // A resource that already has the desired value keeps its `source`.
  if (before === resource.value) return [];
  if (before !== null && isSame(before, resource.value, 'source')) return [];
  return [changeOf(resource.kind, name, before, { ...resource.value, source: source.name }) as Change];
}

/** Returns the text in which the command line passes manifests to the worker. */
export function handedOverText({ source, resources }: Pick<Desired, 'source' | 'resources'>): string {
  return `{"source":${JSON.stringify(source)},"alike":${deltaListText(resources)}}`;
}

const handedOverSchema = z.object({ source: sourceSchema, alike: z.array(z.unknown()) });

/**
 * Parses a text of {@link handedOverText}. Checks only the source; the caller parses each resource with its own
 * schema. Throws for any other text.
 */
export function parseHandedOver(text: string) {
  const { source, alike } = handedOverSchema.parse(JSON.parse(text));
  return { source, resources: parseDeltaList(alike) as readonly Readonly<Record<string, unknown>>[] };
}

/** Location of manifests: passed by the command line (by hash), or a Git repository at a commit or (null) at its ref's head. */
export type ManifestLocation =
  | { readonly kind: 'staged'; readonly hash: string }
  | { readonly kind: 'git'; readonly url: string; readonly commit: string | null };
