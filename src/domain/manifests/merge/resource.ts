import { type BaseKind } from '../../log/base-kinds.js';
import { isSame } from '../../data/fields.js';
import { isObject } from '../../data/json.js';
import { middlewareOf, usualPosition } from '../../middleware/list.js';
import { definitionOf, type ResourceKinds } from '../../resources/kinds.js';
import { manifestOf, readManifest } from '../manifest.js';
import { mergeFields, unknownBase, type MergedField, type MergedValue, type Winner } from './fields.js';

/** The three sides of a resource. Null: it is absent there. */
export interface ResourceSides<K extends BaseKind = BaseKind> {
  /** What the source said of it last; null: it is not known what; undefined: it never said anything. */
  readonly base: ResourceKinds[K] | null | undefined;
  readonly ours: ResourceKinds[K] | null;
  readonly theirs: ResourceKinds[K] | null;
}

/** The result of merging one resource. `source` is left as it is in the log, or in the manifest of a new resource. */
export interface MergedResource {
  /** Null: the resource is absent after the merge. */
  readonly value: ResourceKinds[BaseKind] | null;
  /** What the source said last, for the next merge; null: unknown, since the log never had it; undefined: nothing. */
  readonly said: ResourceKinds[BaseKind] | null | undefined;
  readonly fields: readonly MergedField[];
}

/**
 * Merges a resource three ways. A resource that one side deleted and the other one changed is a conflict. When the merged
 * fields do not fit together, middleware is put in its usual order; when it still does not fit, lists are compared as a whole; when these do not fit either, the winner's value is taken.
 */
export function mergeResource(kind: BaseKind, { base, ours, theirs }: ResourceSides, winner: Winner): MergedResource {
  if (ours === null || theirs === null) return mergeExistence({ base, ours, theirs }, winner);
  const sides = {
    base: base ? withoutSource(base) : unknownBase,
    ours: withoutSource(ours),
    theirs: withoutSource(theirs),
  };
  const fine = mergeFields(sides, winner);
  const candidates = [fine, inUsualOrder(fine), mergeFields(sides, winner, { wholeLists: true })];
  const merged = candidates.find(({ value }) => {
    return isSame(value, sides.ours) || isSame(value, sides.theirs) || fits(kind, value);
  });
  const restored = (value: unknown) => parsed(kind, { ...(value as object), source: ours.source });
  if (merged) {
    const said = merged.said === unknownBase || !isWhole(kind, merged.said) ? (base ?? null) : restored(merged.said);
    return { value: restored(merged.value), said, fields: merged.fields };
  }
  const fields = fine.fields.map((field) => ({ ...field, outcome: 'conflict' as const }));
  return winner === 'theirs'
    ? { value: restored(theirs), said: theirs, fields }
    : { value: ours, said: base ?? null, fields };
}

function mergeExistence({ base, ours, theirs }: ResourceSides, winner: Winner): MergedResource {
  if (ours === null && theirs === null) return { value: null, said: null, fields: [] };
  const sides = { base: base ?? undefined, ours: ours ?? undefined, theirs: theirs ?? undefined };
  const whole = (outcome: MergedField['outcome']): MergedField => ({ ...sides, path: '', outcome });
  // New on one side: nobody changed or deleted it on the other one.
  if (base === undefined) {
    if (theirs === null) return { value: ours, said: undefined, fields: [whole('ahead')] };
    return { value: theirs, said: theirs, fields: [whole('taken')] };
  }
  const isAlike = (value: ResourceKinds[BaseKind] | null) =>
    value !== null && base !== null && isSame(value, base, 'source');
  if (ours === null && isAlike(theirs)) return { value: null, said: theirs, fields: [whole('ahead')] };
  if (theirs === null && isAlike(ours)) return { value: null, said: null, fields: [whole('taken')] };
  const fields = ours === null || base === null ? [whole('conflict')] : changedFields(base, ours);
  return winner === 'theirs' ? { value: theirs, said: theirs, fields } : { value: ours, said: base, fields };
}

/** Middleware of both sides may stand in an order in which a part is never reached. */
function inUsualOrder(merged: MergedValue): MergedValue {
  const { value } = merged;
  if (!isObject(value) || !Array.isArray(value['middleware'])) return merged;
  const items = middlewareOf(value['middleware'] as string[]).sort((a, b) => usualPosition(a) - usualPosition(b));
  return { ...merged, value: { ...value, middleware: items.map(({ text }) => text) } };
}

/** The fields that the log changed in a resource which the source no longer describes. */
function changedFields(base: object, ours: object): MergedField[] {
  return differencesOf(base, ours).map((field) => ({ ...field, theirs: undefined, outcome: 'conflict' }));
}

/** Returns the fields in which a later value differs from an earlier one, by the paths of {@link mergeFields}. */
export function differencesOf(before: object | null, after: object | null): readonly MergedField[] {
  const [then, now] = [before && withoutSource(before), after && withoutSource(after)];
  return mergeFields({ base: then, ours: now, theirs: then }, 'ours').fields;
}

function withoutSource(value: object): object {
  const { source: _, ...fields } = value as { source?: unknown };
  return fields;
}

/** Returns true when a mixture of two values is a valid resource: its fields do not contradict each other. */
function fits(kind: BaseKind, value: unknown): boolean {
  const read = definitionOf(kind).schema.safeParse({ ...(value as object), source: null });
  return read.success && !Array.isArray(readManifest(manifestOf(kind, read.data as never)));
}

function isWhole(kind: BaseKind, value: unknown): boolean {
  return isObject(value) && definitionOf(kind).schema.safeParse({ ...value, source: null }).success;
}

/** Returns the canonical form: lists that the schema sorts are in order. */
function parsed(kind: BaseKind, value: unknown): ResourceKinds[BaseKind] {
  return (definitionOf(kind).schema.safeParse(value).data ?? value) as ResourceKinds[BaseKind];
}
