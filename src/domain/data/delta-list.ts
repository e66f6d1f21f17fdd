import { isObject } from './json.js';
import { isSame } from './fields.js';
import type { z } from 'zod';

/** Objects with more fields are written whole, so that what is read is at most so many times as much as was written. */
const WIDEST = 30;

const LARGEST_TEXT = 512_000;
/** More objects are large in any case. */
const MANY = 1_000;

const texts = new WeakMap<object, string>();

/**
 * A list of objects that are much alike, as JSON in which each says only how it differs from the one before: what is left
 * out is as it was there, `[x]` is another value, `{…}` are the differences in an object with the same fields. Ten thousand
 * routes take a quarter of their plain JSON. Fields may come back in another order. Nobody may change the list any more:
 * its text is kept.
 */
export function deltaListText(list: readonly object[]): string {
  const text = texts.get(list) ?? JSON.stringify(list.map((item, at) => differenceOf(item, list[at - 1]) ?? {}));
  texts.set(list, text);
  return text;
}

/** What a text of {@link deltaListText} says, once it is parsed. Equal parts are one object. Throws where it is no such list. */
export function parseDeltaList(parsed: unknown): readonly object[] {
  if (!Array.isArray(parsed)) throw new Error('it is no list');
  let item: unknown;
  return parsed.map((difference: unknown) => {
    item = withDifference(item, difference);
    if (!isObject(item)) throw new Error('it is no list of objects');
    return item;
  });
}

/** Whether a list is rather put away than sent along: Temporal refuses payloads from 2 MB on, NATS' messages are small. */
export function isLarge(list: readonly object[]): boolean {
  return list.length > MANY || JSON.stringify(list).length > LARGEST_TEXT;
}

/** Undefined: there is none. */
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
  // As many fields, and each of them is there too.
  for (const _ in before) count--;
  return count === 0 ? differences : [value];
}

function withDifference(before: unknown, difference: unknown): unknown {
  if (Array.isArray(difference) && difference.length === 1) return difference[0] as unknown;
  if (!isObject(difference) || !isObject(before)) throw new Error('a difference to nothing');
  let value: Record<string, unknown> | undefined;
  for (const name in difference) {
    if (!Object.hasOwn(before, name)) throw new Error('a difference in a field that is not there');
    if (value === undefined && Object.keys(before).length > WIDEST)
      throw new Error('a difference in too large an object');
    (value ??= { ...before })[name] = withDifference(before[name], difference[name]);
  }
  return value ?? before;
}

/**
 * Parses many objects that are much alike by one schema: a field is looked at once for each value that it has. The same
 * as `schema.parse`, and throws the same. Made for one reading: it keeps what it has seen.
 */
export function deltaParser(schema: z.ZodObject): (value: unknown) => unknown {
  // What is checked of the whole cannot be told from its fields.
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
