// Plain data: equality, differences by field, lists as differences, JSON pointers, spelling. Imports only each other, and
// zod's types.
import { isObject, type Json } from './json.js';

/** Paths of objects whose fields belong together, so that they are compared and replaced as one value. */
const WHOLE: ReadonlySet<string> = new Set(['tls.certificate', 'paused']);

/**
 * Returns true when two JSON values are equal; the order of fields does not matter, and an undefined field equals a missing one.
 * `except` is a field of the two objects themselves that may differ.
 */
export function isSame(a: unknown, b: unknown, except?: string): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => isSame(item, b[i]));
  if (!isObject(a) || !isObject(b)) return false;
  // Thousands of values are compared in one call, so nothing is allocated here.
  for (const name in a) if (a[name] !== b[name] && name !== except && !isSame(a[name], own(b, name))) return false;
  for (const name in b) if (b[name] !== undefined && !Object.hasOwn(a, name) && name !== except) return false;
  return true;
}

/** One field in which two values differ, by its path, e.g. `headers.X-A`. `undefined`: the field is missing. */
export interface FieldDifference {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Returns the fields in which two values differ. Arrays, and objects that only one side has, are compared as a whole. */
export function fieldDifferences(before: unknown, after: unknown, path = ''): FieldDifference[] {
  if (isSame(before, after)) return [];
  if (!isObject(before) || !isObject(after) || WHOLE.has(path)) return [{ path, before, after }];
  return namesOf(before, after).flatMap((name) =>
    fieldDifferences(own(before, name), own(after, name), within(path, name)),
  );
}

/** The result of undoing a change of a value. */
export interface TakenBack {
  readonly value: unknown;
  /** Paths that still held the undone value and were restored. */
  readonly returned: readonly string[];
  /** Fields that were changed later and keep their value. */
  readonly kept: readonly { readonly path: string; readonly value: unknown }[];
}

/**
 * Undoes a change in the current value, field by field. A field that still has the undone value gets the previous one; a
 * field that was changed later keeps its value. Idempotent.
 */
export function takeBack(
  change: { readonly before: unknown; readonly after: unknown },
  now: unknown,
  path = '',
): TakenBack {
  const { before, after } = change;
  if (isSame(before, after) || isSame(now, before)) return { value: now, returned: [], kept: [] };
  if (isObject(before) && isObject(after) && isObject(now) && !WHOLE.has(path)) {
    return takeBackFields({ before, after }, now, path);
  }
  if (isSame(now, after)) return { value: before, returned: [path], kept: [] };
  return { value: now, returned: [], kept: [{ path, value: now }] };
}

function takeBackFields(change: { readonly before: Json; readonly after: Json }, now: Json, path: string): TakenBack {
  const value = new Map(Object.entries(now));
  const returned: string[] = [];
  const kept: TakenBack['kept'][number][] = [];
  for (const name of namesOf(change.before, change.after)) {
    const inChange = { before: own(change.before, name), after: own(change.after, name) };
    const inner = takeBack(inChange, own(now, name), within(path, name));
    returned.push(...inner.returned);
    kept.push(...inner.kept);
    if (inner.value === undefined) value.delete(name);
    else value.set(name, inner.value);
  }
  // An assignment would set the prototype for a field named `__proto__`.
  return { value: Object.fromEntries(value), returned, kept };
}

/** A field's value without inherited ones such as `constructor` and `__proto__`. */
function own(fields: Json, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function namesOf(a: Json, b: Json): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])];
}

function within(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
