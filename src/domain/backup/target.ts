import { z } from 'zod';
import { deltaListText, deltaParser, parseDeltaList } from '../data/delta-list.js';
import { isSame } from '../data/fields.js';
import { nameInLog } from '../manifests/manifest.js';
import { describedSecretSchema } from '../resources/secret.js';
import { definitionOf, kindsWithRole, resourceKey, type Resource, type ResourceKind } from '../resources/kinds.js';
import type { State } from '../log/state.js';
import { stagedId } from '../values/staged.js';

/** Kinds whose resources a restore can give back: those that manifests have, and operators. */
export const restorableKinds: readonly ResourceKind[] = kindsWithRole('base', 'asserted', 'authority');

/** Components of a restore, by the plurals of their kinds. */
export const restorableComponents: readonly string[] = restorableKinds.map((kind) => definitionOf(kind).plural);

const kindSchema = z.enum(restorableKinds as [ResourceKind, ...ResourceKind[]]);

const originSchema = z.strictObject({
  /** Name of the backup, or of the file. */
  name: z.string().min(1).max(250),
  /** Id of the log whose backup it is; null: a file that does not say. */
  logId: z.string().max(100).nullable(),
  /** Name of its environment; null: a file that does not say. */
  environment: z.string().max(63).nullable(),
  /** Sequence of the newest commit in it; null: not known, or there is none. */
  sequence: z.int().min(0).nullable(),
  /** Time of that commit, or when the backup was made; ISO 8601 UTC. */
  at: z.string().max(40),
});

/** The backup that a restore is from. */
export type RestoreOrigin = z.infer<typeof originSchema>;

/** A resource as a backup has it, in the present schema. */
export interface RestorableResource {
  readonly kind: ResourceKind;
  readonly name: string;
  readonly value: Resource;
}

/** The desired state of a restore, which the command line reads from a backup and hands over to the worker. */
export interface RestoreTarget {
  readonly origin: RestoreOrigin;
  /** Kinds of which the backup has all resources: those that it lacks did not exist then. */
  readonly kinds: readonly ResourceKind[];
  readonly resources: readonly RestorableResource[];
  /** The values come from manifests, which have neither sources nor what Vault keeps. */
  readonly isDescribed: boolean;
  /** Paths in Vault whose value the backup has, with the ids under which the command line stages them. */
  readonly values: Readonly<Record<string, string>>;
}

/** Returns a state as the target of a restore. Overlays and sources are left out: ended ones never return. */
export function restoreTarget(
  state: Pick<State, 'resources'>,
  origin: RestoreOrigin,
  values: RestoreTarget['values'] = {},
): RestoreTarget {
  const resources = [...state.resources.values()]
    .filter(({ kind }) => restorableKinds.includes(kind))
    .map(({ kind, name, value }) => ({ kind, name, value }));
  return { origin, kinds: restorableKinds, resources, isDescribed: false, values };
}

/** Returns the text in which the command line hands a target over. */
export function restoreTargetText({ resources, ...rest }: RestoreTarget): string {
  return `{"target":${JSON.stringify(rest)},"alike":${deltaListText(resources)}}`;
}

const targetSchema = z.strictObject({
  origin: originSchema,
  kinds: z.array(kindSchema),
  isDescribed: z.boolean(),
  values: z.record(z.string().max(600), stagedId),
});

/**
 * Parses a text of {@link restoreTargetText} and each resource with the schema of its kind. A value that the state has
 * already is taken from there, so that comparing it again is immediate. Throws for any other text.
 */
export function parseRestoreTarget(text: string, state: State): RestoreTarget {
  const { target, alike } = z
    .strictObject({ target: targetSchema, alike: z.array(z.unknown()) })
    .parse(JSON.parse(text));
  const parsers = new Map(
    restorableKinds.map((kind) => [
      kind,
      deltaParser(target.isDescribed && kind === 'Secret' ? describedSecretSchema : definitionOf(kind).schema),
    ]),
  );
  const seen = new Set<string>();
  const resources = parseDeltaList(alike).map((one) => {
    const {
      kind: given,
      name,
      value: raw,
    } = one as { readonly kind: unknown; readonly name: unknown; readonly value: unknown };
    const kind = kindSchema.parse(given);
    const held = state.resources.get(resourceKey(kind, String(name)))?.value;
    const value = held !== undefined && isSame(held, raw) ? held : (parsers.get(kind)?.(raw) as Resource);
    const named = nameInLog(kind as Parameters<typeof nameInLog>[0], value);
    if (named !== name) throw new Error(`${kind} ${String(name)} has another name inside`);
    if (seen.has(`${kind}/${named}`)) throw new Error(`${kind} ${named} occurs twice`);
    seen.add(`${kind}/${named}`);
    return { kind, name: named, value };
  });
  return { ...target, resources };
}
