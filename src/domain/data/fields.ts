import { isObject, type Json } from './json.js';
/** Objects whose fields mean something only together, so that they are one value. */
const WHOLE: ReadonlySet<string> = new Set(['tls.certificate']);

/** Whether two values say the same, whatever the order of their fields; of objects perhaps except for one field. */
export function isSame(a: unknown, b: unknown, except?: string): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => isSame(item, b[i]));
  if (!isObject(a) || !isObject(b)) return false;
  // Many thousands of values are compared at a time, so nothing is made for it.
  for (const name in a) if (a[name] !== b[name] && name !== except && !isSame(a[name], b[name])) return false;
  for (const name in b) if (b[name] !== undefined && !Object.hasOwn(a, name) && name !== except) return false;
  return true;
}

/** One field in which two values differ, by its path: `headers.X-A`; `undefined`: it is not there. */
export interface FieldDifference {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** The fields in which two values differ; arrays, and objects that stand on one side only, as a whole. */
export function fieldDifferences(before: unknown, after: unknown, path = ''): FieldDifference[] {
  if (isSame(before, after)) return [];
  if (!isObject(before) || !isObject(after) || WHOLE.has(path)) return [{ path, before, after }];
  return namesOf(before, after).flatMap((name) =>
    fieldDifferences(own(before, name), own(after, name), within(path, name)),
  );
}

/** What became of a value when a change of it was taken back. */
export interface TakenBack {
  readonly value: unknown;
  /** Paths that still held the undone value and went back. */
  readonly returned: readonly string[];
  /** What holds something later, which stays. */
  readonly kept: readonly { readonly path: string; readonly value: unknown }[];
}

/** Takes a change back in a value of now, field by field: what still holds the undone value goes back, the rest stays. */
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
  const value: Record<string, unknown> = { ...now };
  const returned: string[] = [];
  const kept: TakenBack['kept'][number][] = [];
  for (const name of namesOf(change.before, change.after)) {
    const inChange = { before: own(change.before, name), after: own(change.after, name) };
    const inner = takeBack(inChange, own(now, name), within(path, name));
    returned.push(...inner.returned);
    kept.push(...inner.kept);
    if (inner.value === undefined) delete value[name];
    else value[name] = inner.value;
  }
  return { value, returned, kept };
}

/** Objects know `constructor` and others without having such a field. */
function own(fields: Json, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function namesOf(a: Json, b: Json): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])];
}

function within(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
