import { baseParser, isBaseKind } from '../log/base-kinds.js';
import { manifestKinds, missingPrerequisite, nameInLog, type ManifestResource } from './manifest.js';
import { type KindWithRole } from '../resources/kinds.js';
import type { ManifestValues } from './form.js';
import { describedSecretSchema } from '../resources/secret.js';
import { type SourceVersion, sourceVersionSchema } from '../resources/source.js';
import { type State } from '../log/state.js';
import { z } from 'zod';
import { parseDeltaList, deltaListText } from '../data/delta-list.js';

/** The desired state that a source of manifests describes. */
export interface Desired {
  readonly source: SourceVersion;
  readonly resources: readonly ManifestResource[];
  /** Problems of the manifests, one sentence each with file and line. With any of them nothing is applied. */
  readonly problems: readonly string[];
  /** Source position (`file:line:column`) of each asserted resource, by kind and name; absent: not known. */
  readonly positions?: Readonly<Record<string, string>>;
}

/** Schemas of the values that manifests assert. */
const assertedSchemas: { readonly [K in KindWithRole<'asserted'>]: z.ZodType<ManifestValues[K]> } = {
  Secret: describedSecretSchema,
};

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

/** Returns the text in which the command line passes manifests to the worker. */
export function handedOverText({ source, resources }: Pick<Desired, 'source' | 'resources'>): string {
  return `{"source":${JSON.stringify(source)},"alike":${deltaListText(resources)}}`;
}

const handedOverSchema = z.object({ source: sourceVersionSchema, alike: z.array(z.unknown()) });

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
