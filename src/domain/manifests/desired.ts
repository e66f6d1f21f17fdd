import { baseParser, isBaseKind, type BaseKind } from '../log/base-kinds.js';
import { changeOf, type Change } from '../log/commit.js';
import { isSame } from '../data/fields.js';
import { formOf, manifestKinds, missingPrerequisite, type ManifestResource } from './manifest.js';
import { describedSecretSchema } from '../resources/secret.js';
import { type Source, sourceSchema } from '../resources/source.js';
import { all, find, type State } from '../log/state.js';
import { z } from 'zod';
import { parseDeltaList, deltaListText } from '../data/delta-list.js';

/** What a source of manifests wants. */
export interface Desired {
  readonly source: Source;
  readonly resources: readonly ManifestResource[];
  /** Sentences about what is wrong with the manifests, with file and line; nothing is done then. */
  readonly problems: readonly string[];
  /** Where stands what is only asserted, `file:line:column` by kind and name; absent: nobody can tell. */
  readonly places?: Readonly<Record<string, string>>;
}

/** Kinds that an apply makes, changes and prunes. A secret is none of them: no manifest could bring its value back. */
const madeKinds = manifestKinds.filter(isBaseKind);

type Made = Extract<ManifestResource, { readonly kind: BaseKind }>;

/** For one reading of many: parses a desired resource from outside; throws where it is none. */
export function desiredParser(): (kind: string, value: unknown) => ManifestResource {
  const parseBase = baseParser();
  return (kind, value) => {
    const known = manifestKinds.find((one) => one === kind);
    if (known === undefined) throw new Error(`manifests have no kind ${kind}`);
    const parsed = isBaseKind(known) ? parseBase(known, value) : describedSecretSchema.parse(value);
    return { kind, name: formOf(known).identityOf(parsed), value: parsed } as ManifestResource;
  };
}

/** What the source says is there and the log does not hold so, and no apply can make, with a sentence about it. */
export function missingPrerequisites(
  state: State,
  { resources, places = {} }: Pick<Desired, 'resources' | 'places'>,
): { readonly resource: ManifestResource; readonly problem: string }[] {
  return resources.flatMap((resource) => {
    const { message = null } = missingPrerequisite(state, resource) ?? {};
    if (message === null) return [];
    const at = places[`${resource.kind}/${resource.name}`];
    return [{ resource, problem: at === undefined ? message : `${at}: HEC014 ${message}` }];
  });
}

/** What must change so that everything that the source wants is there, and of its own it is so marked. */
export function changesToward(state: State, { source: given, resources }: Desired): Change[] {
  const held = find(state, 'Source', given.name)?.value ?? null;
  // What was applied of Git before stays known where a folder does not say what it is based on.
  const source = { ...given, head: given.head ?? held?.head ?? null };
  const changes = madeKinds.flatMap((kind) =>
    resources
      .filter((one): one is Made => one.kind === kind)
      .flatMap((resource) => changeToward(state, resource, source)),
  );
  // A folder without a commit of its own is nothing to remember where it changes nothing.
  const isKnown = isSame(held, source) || (changes.length === 0 && source.sha === null);
  return isKnown ? changes : [...changes, changeOf('Source', source.name, held, source)];
}

/** What came from the source and is not wanted by it any more. */
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
  // What is there just so stays whose it is: agreeing with it is no change.
  if (before === resource.value) return [];
  if (before !== null && isSame(before, resource.value, 'source')) return [];
  return [changeOf(resource.kind, name, before, { ...resource.value, source: source.name }) as Change];
}

/** What a command hands over to the worker, as a text. */
export function handedOverText({ source, resources }: Pick<Desired, 'source' | 'resources'>): string {
  return `{"source":${JSON.stringify(source)},"alike":${deltaListText(resources)}}`;
}

const handedOverSchema = z.object({ source: sourceSchema, alike: z.array(z.unknown()) });

/**
 * What such a text says. Only the source is checked: what a resource says is for its own schema. Throws where it is no
 * such text.
 */
export function parseHandedOver(text: string) {
  const { source, alike } = handedOverSchema.parse(JSON.parse(text));
  return { source, resources: parseDeltaList(alike) as readonly Readonly<Record<string, unknown>>[] };
}

/** Where manifests are: handed over by the command line (by hash), or in a Git repository, at a commit or at its ref's end. */
export type ManifestLocation =
  | { readonly kind: 'staged'; readonly hash: string }
  | { readonly kind: 'git'; readonly url: string; readonly commit: string | null };
