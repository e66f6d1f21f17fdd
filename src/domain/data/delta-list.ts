import { isObject } from './json.js';
import { isSame } from './fields.js';
import type { z } from 'zod';

/** Largest number of fields of an object that is written as a difference. It limits how much larger a list is than its text. */
const WIDEST = 30;

/** Largest length of a list in a message, in characters of JSON. */
const LARGEST_TEXT = 512_000;
/** Largest number of objects in a message, whatever their length. */
const MANY = 1_000;

const texts = new WeakMap<object, string>();

/**
 * Returns the JSON of a list of similar objects, each written as its difference from the one before: a missing field has
 * the same value, `[x]` is a new value, `{…}` holds the differences in an object with the same fields. Ten thousand routes
 * take a quarter of their plain JSON. The order of fields may be lost. The text is cached, so never change the list after.
 */
export function deltaListText(list: readonly object[]): string {
  const text = texts.get(list) ?? JSON.stringify(list.map((item, at) => differenceOf(item, list[at - 1]) ?? {}));
  texts.set(list, text);
  return text;
}

/** Restores a list from the parsed text of {@link deltaListText}. Equal parts share one object. Throws on any other value. */
export function parseDeltaList(parsed: unknown): readonly object[] {
  if (!Array.isArray(parsed)) throw new Error('not a list');
  let item: unknown;
  return parsed.map((difference: unknown) => {
    item = withDifference(item, difference);
    if (!isObject(item)) throw new Error('not a list of objects');
    return item;
  });
}

/** Parses the text of a stored list in both its forms: that of {@link deltaListText} as `alike`, and the plain one of older versions. */
export function parseStoredList(text: string): readonly object[] {
  const parsed = JSON.parse(text) as readonly object[] | { readonly alike: unknown };
  return 'alike' in parsed ? parseDeltaList(parsed.alike) : parsed;
}

/** Returns true when a list is too large for a message. Temporal refuses payloads over 2 MB, and NATS smaller ones. */
export function isLarge(list: readonly object[]): boolean {
  return list.length > MANY || JSON.stringify(list).length > LARGEST_TEXT;
}

/** The difference from `before` to `value`; undefined: they are equal. */
function differenceOf(value: unknown, before: unknown): unknown {
  if (value === before) return undefined;
  if (!isObject(value) || !isObject(before)) return isSame(value, before) ? undefined : [value];
  let count = 0;
  let differences: Record<string, unknown> | undefined;
  for (const name in value) {
    count++;
    const [now, then] = [value[name], before[name]];
    if (now === then && now !== undefined) continue;
    if (!Object.hasOwn(before, name) || name === '__proto__') return [value];
    if ((now === undefined) !== (then === undefined)) return [value];
    const difference = differenceOf(now, then);
    if (difference !== undefined) (differences ??= {})[name] = difference;
  }
  if (count > WIDEST) return [value];
  // Every field of `value` is in `before`; with as many fields, `before` has no others.
  for (const _ in before) count--;
  return count === 0 ? differences : [value];
}

function withDifference(before: unknown, difference: unknown): unknown {
  if (Array.isArray(difference) && difference.length === 1) return difference[0] as unknown;
  if (!isObject(difference) || !isObject(before)) throw new Error('a difference without an object before it');
  let value: Record<string, unknown> | undefined;
  for (const name in difference) {
    if (!Object.hasOwn(before, name)) throw new Error('a difference in a missing field');
    if (value === undefined && Object.keys(before).length > WIDEST)
      throw new Error('a difference in too large an object');
    (value ??= { ...before })[name] = withDifference(before[name], difference[name]);
  }
  return value ?? before;
}

/**
 * Returns a function equal to `schema.parse`, errors included, that is fast for many similar objects: each value of a field
 * is parsed once. It remembers every value, so make a new one for each list.
 */
export function deltaParser(schema: z.ZodObject): (value: unknown) => unknown {
  // Checks of the whole object cannot be done field by field.
  if ((schema.def.checks ?? []).length > 0) return (value) => schema.parse(value);
  const fields = Object.entries(schema.shape).map(([name, field]) => ({
    name,
    field: field as z.ZodType,
    seen: new Map<unknown, unknown>(),
  }));
  return (value) => {
    if (typeof value !== 'object' || value === null) return schema.parse(value);
    const given = value as Readonly<Record<string, unknown>>;
    const parsed: Record<string, unknown> = {};
    let count = fields.length;
    for (const { name, field, seen } of fields) {
      const one = given[name];
      if (!seen.has(one)) {
        const { success, data } = field.safeParse(one);
        if (!success) return schema.parse(value);
        seen.set(one, data);
      }
      if (Object.hasOwn(given, name)) parsed[name] = seen.get(one);
    }
    for (const name in given) if (--count < 0 || !Object.hasOwn(schema.shape, name)) return schema.parse(value);
    return parsed;
  };
}
